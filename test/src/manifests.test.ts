import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { describe, expect, it } from 'vitest'
import { readManifest, root, workspaces } from './imports.ts'

const all = workspaces()
/** The published workspaces: all packages but the demonstration, and the functions that the recycler's construct bundles. */
const published = all.filter(
  ({ folder }) => /^(packages|functions\/recycle-)/.test(folder) && folder !== 'packages/demo',
)
const unpublished = all.filter(one => !published.includes(one))

describe('package manifests', () => {
  it.each(published)('$manifest.name can be published', async ({ folder }) => {
    const { messages, pkg } = await publint({
      pkgDir: fileURLToPath(new URL(folder, `file://${root}`)),
      level: 'suggestion',
      strict: true,
    })
    expect(messages.map(message => formatMessage(message, pkg ?? {}, { color: false }))).toEqual([])
  })

  it.each(published)('$manifest.name says all that a registry and a bundler want to know', ({ manifest }) => {
    for (const field of ['description', 'exports']) expect(manifest, field).toHaveProperty(field)
    // The same in all of them.
    expect(manifest).toMatchObject({
      version: readManifest('packages/circuit').version,
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      engines: { node: '>=20' },
      files: ['dist', '!dist/.tsbuildinfo'],
      publishConfig: { access: 'public' },
    })
    for (const entry of Object.values(manifest.exports!)) {
      expect(Object.keys(entry)).toEqual(['@breakwater/source', 'types', 'default'])
      const name = /^\.\/src\/(.*)\.ts$/.exec(entry['@breakwater/source']!)?.[1]
      expect([entry.types, entry.default]).toEqual([`./dist/${name}.d.ts`, `./dist/${name}.js`])
    }
  })

  it('are private where nothing is published, and nowhere else', () => {
    expect(published.flatMap(({ folder, manifest }) => ('private' in manifest ? [folder] : []))).toEqual([])
    expect(unpublished.flatMap(({ folder, manifest }) => (manifest.private ? [] : [folder]))).toEqual([])
  })

  it('of which circuit and asl depend on none of ours, and circuit on nothing at all', () => {
    const [circuit, asl] = [readManifest('packages/circuit'), readManifest('packages/asl')]
    expect([circuit.dependencies, circuit.peerDependencies]).toEqual([undefined, undefined])
    expect(Object.keys({ ...asl.dependencies, ...asl.peerDependencies })).toEqual(['jsonata'])
  })
})
