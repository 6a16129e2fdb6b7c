import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { describe, expect, it } from 'vitest'
import { readManifest, root, workspaces } from './imports.ts'

const all = workspaces()
const isBundled = /^functions\/(circuit-gate$|recycle-)/
/** The published workspaces: all packages but the demonstration, and the functions that constructs bundle. */
const published = all.filter(
  ({ folder }) => (folder.startsWith('packages/') && folder !== 'packages/demo') || isBundled.test(folder),
)
const unpublished = all.filter(one => !published.includes(one))

/** The files of a package as npm would pack them. One npm lists those of all packages: it takes seconds to start. */
const packed: { name: string; files: { path: string }[] }[] = JSON.parse(
  execFileSync(
    'npm',
    ['pack', '--dry-run', '--json', '--ignore-scripts', ...published.flatMap(({ folder }) => ['-w', folder])],
    {
      cwd: root,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    },
  ),
)

describe('package manifests', () => {
  it.each(published)('$manifest.name can be published', async ({ folder, manifest: { name } }) => {
    const { files } = packed.find(one => one.name === name)!
    expect(files.length).toBeGreaterThan(1)
    const { messages, pkg } = await publint({
      pkgDir: name,
      pack: {
        files: files.map(({ path }) => ({
          name: `${name}/${path}`,
          data: readFileSync(join(root, folder, path)),
        })),
      },
      level: 'suggestion',
      strict: true,
    })
    expect(messages.map(message => formatMessage(message, pkg ?? {}, { color: false }))).toEqual([])
  })

  it.each(published)(
    '$manifest.name says all that a registry and a bundler want to know',
    ({ folder, manifest }) => {
      for (const field of ['description', 'keywords', 'exports'])
        expect(manifest, field).toHaveProperty(field)
      // The same in all of them.
      expect(manifest).toMatchObject({
        version: readManifest('packages/circuit').version,
        license: 'MIT',
        type: 'module',
        sideEffects: false,
        engines: { node: '>=20.19' },
        files: ['dist', '!dist/.tsbuildinfo'],
        publishConfig: { access: 'public' },
      })
      for (const entry of Object.values(manifest.exports!)) {
        const name = /^\.\/src\/(.*)\.ts$/.exec(entry['@breakwater/source'])?.[1]
        const module = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` }
        const commonJs = { types: `./dist/cjs/${name}.d.ts`, default: `./dist/cjs/${name}.js` }
        const { '@breakwater/source': _, ...formats } = entry
        // Functions are bundled, as modules; all else is imported or required.
        expect(formats).toEqual(isBundled.test(folder) ? module : { import: module, require: commonJs })
      }
    },
  )

  it.each(published)(
    '$manifest.name comes with its license and links that work where it is',
    ({ folder }) => {
      expect(readFileSync(join(root, folder, 'LICENSE'), 'utf8')).toBe(
        readFileSync(join(root, 'LICENSE'), 'utf8'),
      )
      const links = readFileSync(join(root, folder, 'README.md'), 'utf8').matchAll(
        /\]\((?!https:|#)([^)]*)\)/g,
      )
      expect(Array.from(links, ([, link]) => link)).toEqual([])
    },
  )

  it('that meet in types ask for the same circuit, and none wants an exact version of ours', () => {
    for (const { manifest } of published) {
      const all = { ...manifest.dependencies, ...manifest.peerDependencies }
      const ours = Object.entries(all).filter(([name]) => name.startsWith('@breakwater/'))
      for (const [name, range] of ours)
        expect([manifest.name, name, range]).toEqual([manifest.name, name, '^0.1.0'])
    }
    for (const name of ['dynamodb', 'middy', 'guards', 'powertools', 'workflows'])
      expect(readManifest(`packages/${name}`).peerDependencies).toHaveProperty('@breakwater/circuit')
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
