// npm run api: writes the report of every published entry point to docs/api, from the declarations in dist.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publishedEntries } from './entries.ts'
import { reportFolder, storedReports, surfacesOf } from './report.ts'

mkdirSync(reportFolder, { recursive: true })
const before = storedReports()
const surfaces = surfacesOf(publishedEntries())
for (const name of before.keys()) {
  if (surfaces.some(({ entry }) => entry.report === name)) continue
  rmSync(join(reportFolder, `${name}.api.md`))
  console.log(`dropped ${name}`)
}
for (const { entry, report, forgotten } of surfaces) {
  if (before.get(entry.report) !== report) {
    writeFileSync(join(reportFolder, `${entry.report}.api.md`), report)
    console.log(`${before.has(entry.report) ? 'changed' : 'new'} ${entry.report}`)
  }
  if (forgotten.length > 0)
    console.log(`${entry.name} names types that it does not export: ${forgotten.join(', ')}`)
}
