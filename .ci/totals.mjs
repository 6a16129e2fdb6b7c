// Sums the vitest reports of all workspaces. Fails when a test failed, when a workspace with tests left
// no report, and when nothing ran at all.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const read = file => JSON.parse(readFileSync(file, 'utf8'))
const root = join(import.meta.dirname, '..')

// The two forms of workspace patterns in use: `folder` and `folder/*`.
function expand(pattern) {
  if (!pattern.endsWith('/*')) return [pattern]
  const parent = pattern.slice(0, -2)
  return existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map(name => join(parent, name)) : []
}

let passed = 0
let failed = 0
let complete = true

for (const folder of read(join(root, 'package.json')).workspaces.flatMap(expand)) {
  const manifest = join(root, folder, 'package.json')
  if (!existsSync(manifest)) continue
  const { name, scripts } = read(manifest)
  if (!scripts?.test) continue
  for (const script of Object.keys(scripts).filter(script => /^test\b/.test(script))) {
    const file = join(
      root,
      folder,
      '.reports',
      `${script === 'test' ? 'vitest' : script.slice('test:'.length)}.json`,
    )
    if (!existsSync(file)) {
      console.error(`${name}: no report of ${script}`)
      complete = false
      continue
    }
    const report = read(file)
    // A file that does not even load has no tests to count, yet it failed.
    const broken = report.testResults.filter(
      f => f.status === 'failed' && f.assertionResults.length === 0,
    ).length
    passed += report.numPassedTests
    failed += report.numFailedTests + broken
  }
}

if (passed + failed === 0) {
  console.error('no test ran')
  complete = false
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = complete && failed === 0 ? 0 : 1
