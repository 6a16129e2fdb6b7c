import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { describe, expect, it } from 'vitest'

const packages = new URL('../../packages/', import.meta.url)

describe('package manifests', () => {
  for (const name of readdirSync(packages)) {
    const folder = fileURLToPath(new URL(`${name}/`, packages))
    const manifest = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))
    if (manifest.private) continue

    it(`${manifest.name} can be published`, async () => {
      const { messages, pkg } = await publint({ pkgDir: folder, level: 'suggestion', strict: true })
      expect(messages.map(message => formatMessage(message, pkg ?? {}, { color: false }))).toEqual([])
    })

    it(`${manifest.name} says all that a registry and a bundler want to know`, () => {
      for (const field of ['description', 'license', 'exports', 'files', 'engines', 'version']) {
        expect(manifest, field).toHaveProperty(field)
      }
      expect(manifest.sideEffects).toBe(false)
      expect(manifest.files).toContain('dist')
      for (const entry of Object.values<Record<string, string>>(manifest.exports)) {
        expect(Object.keys(entry)).toEqual(['@breakwater/source', 'types', 'default'])
      }
    })
  }

  it('of which circuit has no dependency at all', () => {
    const manifest = JSON.parse(readFileSync(new URL('circuit/package.json', packages), 'utf8'))
    expect(manifest.dependencies).toBeUndefined()
    expect(manifest.peerDependencies).toBeUndefined()
  })
})
