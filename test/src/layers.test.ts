import { describe, expect, it } from 'vitest'
import { importsOf, packageOf, readManifest, specifiersOf, targetOf, workspaces } from './imports.ts'
import { declaredOnly, layers, testLayers } from './layers.ts'

const all = workspaces()
const rowOf = (folder: string, table: typeof layers) =>
  table[folder] ?? table[folder.replace(/\/.*/, '/*')] ?? []
const allows = (row: readonly string[], folder: string) =>
  row.includes(folder) || row.includes(folder.replace(/\/.*/, '/*'))
const imports = new Map(all.map(workspace => [workspace.folder, importsOf(workspace)]))
const rootDependencies = Object.keys(readManifest('.').devDependencies ?? {})

/** Files that any test may import by their path. */
const forAllTests = ['test/hostile.ts', 'test/tier.ts', 'vitest.config.ts']

describe('imports are found', () => {
  it.each([
    ["import { a } from 'a'", ['a']],
    ["import type {\n  a,\n  b,\n} from '@a/b/c'", ['@a/b/c']],
    ["export * from './a.ts'", ['./a.ts']],
    ["import 'a'", ['a']],
    ["const a = await import('a')\ntype B = import('b').B", ['a', 'b']],
    ["// import 'a'\n/* import('b') */\n/**\n * import { c } from 'c'\n */", []],
    ['const text = "export { a } from \'a\'"', []],
    ["export const a = 'b'\nimport { c } from 'c'", ['c']],
  ])('in %j', (text, found) => {
    expect(specifiersOf(text)).toEqual(found)
  })
})

describe('who may import whom', () => {
  it('is said of every workspace', () => {
    const unknown = all.filter(
      ({ folder }) => folder !== 'test' && !layers[folder] && !folder.startsWith('functions/'),
    )
    expect(unknown.map(({ folder }) => folder)).toEqual([])
  })

  it.each(all)('$folder', workspace => {
    const { folder } = workspace
    const wrong = imports.get(folder)!.flatMap(one => {
      const target = targetOf(one, all)
      if (!target || target.folder === folder) return []
      if (
        one.test &&
        one.specifier.startsWith('.') &&
        forAllTests.some(file => one.specifier.endsWith(`../${file}`))
      )
        return []
      const row = [...rowOf(folder, layers), ...(one.test ? rowOf(folder, testLayers) : [])]
      return allows(row, target.folder) ? [] : [`${one.file} imports ${one.specifier}`]
    })
    expect(wrong).toEqual([])
  })
})

describe('sources reach other workspaces by name, not by path', () => {
  it.each(all)('$folder', workspace => {
    const wrong = imports
      .get(workspace.folder)!
      .filter(
        one => !one.test && one.specifier.startsWith('.') && targetOf(one, all)?.folder !== workspace.folder,
      )
    expect(wrong.map(one => `${one.file} imports ${one.specifier}`)).toEqual([])
  })
})

describe('what is imported is declared, and the other way round', () => {
  it.each(all.filter(({ folder }) => folder !== 'test'))('$folder', ({ folder, manifest }) => {
    const used = (test: boolean) =>
      new Set(
        imports
          .get(folder)!
          .filter(one => one.test === test)
          .flatMap(one => packageOf(one.specifier) ?? []),
      )
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    const forTests = [
      ...declared,
      ...Object.keys(manifest.devDependencies ?? {}),
      ...rootDependencies,
      manifest.name,
    ]
    const declares = (names: readonly string[], name: string) =>
      names.includes(name) || names.includes(`@types/${name}`)

    // Types alone may come from a development dependency: nothing is left of them at run time.
    const typesOnly = Object.keys(manifest.devDependencies ?? {}).filter(name => name.startsWith('@types/'))
    expect(
      [...used(false)].filter(name => !declares([...declared, ...typesOnly, manifest.name], name)),
    ).toEqual([])
    expect([...used(true)].filter(name => !declares(forTests, name))).toEqual([])

    const peers = all
      .filter(other => declared.includes(other.manifest.name))
      .flatMap(other => Object.keys(other.manifest.peerDependencies ?? {}))
    const unused = declared.filter(
      name => !used(false).has(name) && !peers.includes(name) && !declaredOnly[`${folder} ${name}`],
    )
    expect(unused).toEqual([])
  })
})
