import { execFile } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { rows } from '../bench/cases.ts'
import { parseOptions as benchOptions } from '../bench/options.ts'
import { tablesOf } from '../bench/report.ts'
import { good, nothing } from '../bench/results.fixture.ts'
import { parseOptions as fleetOptions } from '../fleet/options.ts'
import { parts } from '../long/parts.ts'
import { parseOptions as recycleOptions } from '../recycle/options.ts'
import { tier } from '../tier.ts'
import { readManifest, root } from './imports.ts'
import { chosenTests, type Promised, promises, titlesOf } from './promises.ts'

const all = promises()
const startingWith = (command: string) => all.filter(promised => promised.command.startsWith(command))
const argumentsOf = ({ npm }: Promised) => npm.slice(npm.indexOf('--') + 1)
const tests = startingWith('npm test ')

/** Runs a command as it stands in README; answers its exit code and what it printed. */
function run({ npm }: Promised): Promise<{ code: number; output: string }> {
  const { VITEST: _, NODE_ENV: __, ...env } = process.env
  return new Promise(resolve => {
    const options = { cwd: root, env, shell: process.platform === 'win32', maxBuffer: 64 * 1024 * 1024 }
    execFile('npm', [...npm], options, (error, stdout, stderr) => {
      resolve({
        code: error ? Number(error.code ?? 1) : 0,
        output: stripVTControlCharacters(stdout + stderr),
      })
    })
  })
}

/** Tests that take long are run in the long tier only; of these, `npm test` looks whether there are any. */
const dear = ['1,000 services', '@breakwater/statemachines']
const isDear = ({ command }: Promised) => dear.some(part => command.includes(part))

describe('a promise of README', () => {
  it('is checked by a command of a kind that is looked at here', () => {
    expect(all.length).toBeGreaterThan(10)
    const kinds = [
      'npm test -w ',
      'npm run bench -- ',
      'npm run fleet -- ',
      'npm run recycle:soak',
      'npm start -- --once',
    ]
    expect(all.filter(({ command }) => !kinds.some(kind => command.startsWith(kind)))).toEqual([])
  })

  it('names a script that there is', () => {
    const scripts = Object.keys(readManifest('.').scripts ?? {})
    const named = all.map(({ npm }) => (npm[0] === 'run' ? npm[1]! : npm[0]!))
    expect(named.filter(name => !scripts.includes(name))).toEqual([])
  })

  it.each(tests.filter(isDear))('chooses tests that there are: $command', promised => {
    expect(titlesOf(promised)).not.toEqual([])
  })

  it.each(tests.filter(promised => tier === 'long' || !isDear(promised)))(
    'says that its tests have passed: $command',
    { timeout: 300_000 },
    async promised => {
      // This reporter alone, or the package's own report would be overwritten by that of a few of its tests.
      const { code, output } = await run({ ...promised, npm: [...promised.npm, '--reporter=default'] })
      expect(output).toMatch(/^ +Tests +[1-9]\d* passed/m)
      expect(code).toBe(0)
    },
  )

  it.each(startingWith('npm run bench'))('gets a verdict on each call it measures: $command', promised => {
    const { only } = benchOptions(argumentsOf(promised))
    const measured = rows.filter(({ name }) => only!.has(name)).map(({ id }) => id)
    const results = {
      ...nothing,
      calls: good.calls.filter(({ row }) => measured.includes(row)),
      ...(only!.has('keys') && good.keys && { keys: good.keys }),
    }
    const verdicts = tablesOf(results, true)
      .get('claims')
      ?.rows.map(row => row[3])
    expect(verdicts).not.toBeUndefined()
    expect(verdicts!.filter(verdict => verdict !== 'holds' && verdict !== 'missed')).toEqual([])
    expect(measured.length === 0 || verdicts!.length >= measured.length).toBe(true)
  })

  it.each(startingWith('npm run fleet'))('judges claims about a fleet: $command', promised => {
    const { only, share } = fleetOptions(argumentsOf(promised))
    expect(only).not.toEqual([])
    expect(only).toBeDefined()
    expect(share).toBeLessThan(1)
  })

  it.runIf(tier === 'long').each(startingWith('npm run fleet'))(
    'says that they hold: $command',
    { timeout: 900_000 },
    async promised => {
      const { code, output } = await run(promised)
      expect(output).toMatch(/ holds$/m)
      expect(output).not.toContain('missed')
      expect(code).toBe(0)
    },
  )

  it('of a recycle is checked by what the long tier runs as it stands', () => {
    const [soak] = startingWith('npm run recycle:soak')
    expect(parts.map(({ npm }) => npm.join(' '))).toContain(soak!.npm.join(' '))
    expect(recycleOptions([]).seeds).toBe(5_000)
    expect(soak!.what).toContain('5,000 seeded runs')
  })

  // test/end-to-end/start.test.ts plays it, and reads the summary.
  it('of an outage is checked by options that the demonstration has', async () => {
    const [start] = startingWith('npm start')
    const { code, output } = await run({ ...start!, npm: [...start!.npm, '--help'] })
    expect([code, output]).toEqual([0, expect.stringContaining('--json')])
  })
})

it('a promise without a command, or for tests of no package, is refused', () => {
  const table = (row: string) => `| promise | check it with |\n|---|---|\n${row}\n`
  expect(() => promises(table('| It works. | try it |'))).toThrow('not a promise with a command of npm')
  const [promised] = promises(table('| It works. | `npm test -w @breakwater/none -- -t "works"` |'))
  expect(() => chosenTests(promised!)).toThrow('no such package')
})
