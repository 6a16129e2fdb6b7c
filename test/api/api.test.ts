import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { publishedEntries } from './entries.ts'
import { storedReports, surfacesOf } from './report.ts'

const entries = publishedEntries()
const stored = storedReports()
const surfaces = new Map(surfacesOf(entries).map(surface => [surface.entry.name, surface]))

describe('the public surface', () => {
  it.each(entries)('of $name is what its report says', ({ name, report }) => {
    expect(surfaces.get(name)!.report, 'The surface has changed. If it is meant: npm run api').toBe(
      stored.get(report),
    )
  })

  it('has a report for each entry point, and none for others', () => {
    expect([...stored.keys()].sort()).toEqual(entries.map(({ report }) => report).sort())
  })
})

describe('published declarations', () => {
  it.each(entries)('of $name name no type that cannot be imported', ({ name }) => {
    expect(surfaces.get(name)!.forgotten).toEqual([])
  })

  it.each(entries)('of $name show nothing internal', ({ folder }) => {
    // Not those that an earlier build left behind of sources that are gone.
    const files = globSync('dist/**/*.d.ts', { cwd: folder }).filter(file =>
      existsSync(join(folder, file.replace(/^dist/, 'src').replace(/\.d\.ts$/, '.ts'))),
    )
    expect(files.length).toBeGreaterThan(0)
    expect(files.filter(file => readFileSync(join(folder, file), 'utf8').includes('@internal'))).toEqual([])
  })
})
