import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { main } from './main.ts'

const directory = mkdtempSync(join(tmpdir(), 'simulate-'))
afterAll(() => rmSync(directory, { recursive: true }))

const breakers = new URL('./breakers.fixture.ts', import.meta.url)

async function run(...args: string[]) {
  let [out, err] = ['', '']
  const streams = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
  }
  const options = { command: 'npm run simulate --', breakers }
  const code = await main([...args, '--threads', '1'], streams, options)
  return { code, out, err }
}

describe('the command line', () => {
  it('runs a scenario and prints a line of figures for each fleet size', async () => {
    const { code, out, err } = await run('--scenario', 'outage', '--seeds', '2', '--size', '1', '--size', '5')
    expect(code).toBe(0)
    const lines = out.trim().split('\n')
    expect(lines.map(line => line.split(/\s+/).slice(0, 5).join(' '))).toEqual([
      'scenario breaker size runs broken',
      'outage breakwater 1 2 0',
      'outage breakwater 5 2 0',
      ...Array.from({ length: 2 }, () => [
        '',
        expect.stringMatching(/^scenario breaker size /),
        expect.stringMatching(/^outage breakwater 1 /),
        expect.stringMatching(/^outage breakwater 5 /),
      ]).flat(),
    ])
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(100)
    expect(err).toMatch(/^4 runs in .*, 0 broke an invariant, \d+ MB of memory\n$/m)
  })

  it('prints all figures as JSON, of custom breakers, too', async () => {
    const { out } = await run(
      '--scenario',
      'outage',
      '--seeds',
      '1',
      '--size',
      '2',
      '--breaker',
      'all',
      '--json',
    )
    const groups = JSON.parse(out)
    expect(groups.map((group: { breaker: string }) => group.breaker)).toEqual(['breakwater', 'none'])
    expect(groups[0].figures.reachedWhileDown).toMatchObject({ runs: 1, p50: expect.any(Number) })
  })

  it('prints of a broken invariant the seed, the step, the trace, and the command that repeats it; exit code 1', async () => {
    const file = join(directory, 'wrong.json')
    const scenario = {
      name: 'wrong',
      title: 'Expects no opening in an outage.',
      durationMs: 30_000,
      sizes: [5],
      fleet: { callsPerSecond: 50 },
      events: [{ atMs: 5_000, dependency: { mode: 'outage' } }],
      expect: { opens: [0, 0] },
    }
    writeFileSync(file, JSON.stringify(scenario))
    const { code, out } = await run('--scenario', file, '--seeds', '1', '--from', '42')
    expect(code).toBe(1)
    expect(out).toMatch(/wrong, 5 environments, seed 42: broke "expected" at [\d.]+ s, step \d+/)
    expect(out).toMatch(/\d+\.\d ms {2}env-\d stored OPEN generation 1/)
    expect(out).toContain(`npm run simulate -- --scenario ${file} --size 5 --from 42 --seeds 1`)
    expect((await run('--scenario', file, '--seeds', '1', '--from', '42')).out).toBe(out)
  })

  it('writes a report', async () => {
    const file = join(directory, 'outage.html')
    const { code } = await run('--scenario', 'outage', '--seeds', '1', '--size', '3', '--html', file)
    expect(code).toBe(0)
    expect(readFileSync(file, 'utf8')).toMatch(
      /^<!doctype html>[\s\S]*3 environments, 6 calls a second[\s\S]*<\/html>\n$/,
    )
  })

  it('runs a named scenario that is for large fleets only at its smallest size', async () => {
    const { out } = await run('--scenario', 'idle', '--seeds', '1')
    expect(out).toMatch(/^idle +breakwater +1000 +1 /m)
  })

  it.each([
    [['--seeds', '0'], '--seeds must be a whole number from 1 to 1000000000, got "0"'],
    [['--size', 'ten'], '--size must be a whole number from 1'],
    [['--speed', '3'], "Unknown option '--speed'"],
    [['outage'], "Unexpected argument 'outage'"],
    [['--breaker', 'polly'], '--breaker must be one of breakwater, none or all, got "polly"'],
    [['--scenario', 'outrage'], 'scenario: got "outrage"; allowed is healthy,'],
    [['--scenario', 'nowhere.json'], 'nowhere.json'],
    [['--html', join(directory, 'all.html')], '--html shows at most 24 runs'],
    [['--min', '7000', '--max', '8000'], 'no scenario has a fleet size from 7000 to 8000'],
  ])('refuses %j with exit code 2, and says what is allowed', async (args, message) => {
    const { code, out, err } = await run(...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
    expect(err).not.toMatch(/^\s+at /m)
  })

  it('shows its options and the breakers it knows', async () => {
    const { out } = await run('--help')
    expect(out).toContain('Usage: npm run simulate -- [options]')
    expect(out).toContain('--scenario NAME|FILE')
    expect(out).toContain('the circuit breaker: breakwater, none or all')
  })
})

it.each([
  ['a name', ['--scenario', 'outage\u001b[2J\u009b2J\u202e']],
  ['the name of a breaker', ['--breaker', 'none\u001b[2J\u009b2J\u202e']],
  ['the name of an option', ['--\u001b[2J\u009b2J\u202e']],
  ['a number', ['--seeds', '1\u001b[2J\u009b2J\u202e']],
  ['the name of a file', ['--scenario', './none\u001b[2J\u009b2J\u202e.json']],
])('%s put control characters on the terminal', async (_, args) => {
  const { code, err } = await run(...args)
  expect(code).toBe(2)
  expect(err).toContain('\\u001b[2J\\u009b2J\\u202e')
  expect(err.trimEnd()).not.toMatch(/[\p{Control}\u202e]/u)
})

it('a file that is no JSON, and the name in one, put control characters on the terminal', async () => {
  const file = join(directory, 'hostile.json')
  for (const content of ['\u001b[2J\u202e', '{"name":"\\u001b[2J\\u202e"}']) {
    writeFileSync(file, content)
    const { code, err } = await run('--scenario', file)
    expect(code).toBe(2)
    expect(err.trimEnd()).not.toMatch(/[\p{Control}\u202e]/u)
  }
})
