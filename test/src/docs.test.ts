import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Names of the values a file exports, those it passes on included. */
function exportsOf(file: string): string[] {
  const text = readFileSync(`${root}${file}`, 'utf8')
  const own = [...text.matchAll(/^export (?:abstract |async )?(?:class|function) (\w+)/gm)].map(
    match => match[1]!,
  )
  const listed = [...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap(match => match[1]!.split(','))
  const passed = [...text.matchAll(/^export \* from '(.*)'/gm)].flatMap(match =>
    exportsOf(join(dirname(file), match[1]!)),
  )
  return [
    ...own,
    ...listed.map(name => name.trim()).filter(name => name && !name.startsWith('type ')),
    ...passed,
  ]
}

/** Entry points of the packages that are published. */
function entries(): string[] {
  return globSync('packages/*/package.json', { cwd: root }).flatMap(path => {
    const manifest = JSON.parse(readFileSync(`${root}${path}`, 'utf8'))
    if (manifest.private) return []
    return Object.values<Record<string, string>>(manifest.exports).map(entry =>
      join(dirname(path), entry['@breakwater/source']!),
    )
  })
}

describe('public functions and classes', () => {
  for (const entry of entries()) {
    it(`of ${entry} say what they are for, with an example`, () => {
      const sources = globSync(`${entry.split('/src/')[0]}/src/**/*.ts`, { cwd: root })
        .filter(file => !file.endsWith('.test.ts'))
        .map(file => readFileSync(`${root}${file}`, 'utf8'))
      const names = exportsOf(entry)
      expect(names.length).toBeGreaterThan(0)
      const bare = names.filter(name => {
        const place = new RegExp(
          `/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport (?:abstract |async )?(?:class|function|const) ${name}\\b`,
        )
        return !sources.some(text => place.exec(text)?.[1]?.includes('@example'))
      })
      expect(bare).toEqual([])
    })
  }
})
