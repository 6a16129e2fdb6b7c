import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepTexts, deepValues, hostile, largeTexts, nearly, only } from '../../../../test/hostile.ts'
import { runs } from '../../../../test/tier.ts'
import { checkScenario, findScenario } from './check.ts'
import { scenarios } from './library.ts'

const good = {
  name: 'mine',
  title: 'A scenario of mine.',
  durationMs: 60_000,
  sizes: [10],
  fleet: { callsPerSecond: 50 },
  events: [{ atMs: 10_000, dependency: { mode: 'outage' } }],
}

describe('a scenario of plain data', () => {
  it('is taken as it is when it makes sense, and all of the library do', () => {
    expect(checkScenario(good)).toBe(good)
    for (const scenario of scenarios)
      expect(checkScenario(JSON.parse(JSON.stringify(scenario)))).toEqual(scenario)
  })

  it.each([
    [null, 'scenario: value: got null; allowed is an object'],
    [[], 'scenario: value: got an array'],
    [{ ...good, name: '' }, 'scenario: name: got ""; allowed is a text'],
    [{ ...good, title: undefined }, 'scenario: title: got undefined'],
    [{ ...good, durationMs: '60s' }, 'scenario: durationMs: got "60s"; allowed is a number of at least 0'],
    [{ ...good, durationMs: Number.NaN }, 'durationMs: got NaN'],
    [{ ...good, sizes: [] }, 'sizes: got an array; allowed is a list of at least 1 of sizes'],
    [{ ...good, sizes: [0] }, 'sizes[0]: got 0; allowed is a number of at least 1'],
    [{ ...good, colour: 'red' }, 'scenario: option: got "colour"; allowed is name, title'],
    [JSON.parse('{"__proto__": {}, "name": "x"}'), 'scenario: option: got "__proto__"'],
    [{ ...good, fleet: {} }, 'fleet: got an object; allowed is callsPerSecond, perEnvironment or both'],
    [{ ...good, fleet: { callsPerSecond: -1 } }, 'fleet.callsPerSecond: got -1'],
    [
      { ...good, fleet: { callsPerSecond: 1, speed: 2 } },
      'fleet.option: got "speed"; allowed is callsPerSecond',
    ],
    [{ ...good, policy: { failureRate: 2 } }, 'failureRate: got 2'],
    [{ ...good, capacity: { share: 'much' } }, 'capacity.share: got "much"'],
    [{ ...good, expect: { opens: 3 } }, 'expect.opens: got 3; allowed is a list of at least 2'],
    [{ ...good, expect: { goodput: 1 } }, 'expect.option: got "goodput"; allowed is wrongOpens'],
    [{ ...good, events: [{}] }, 'events[0].atMs: got undefined'],
    [{ ...good, events: ['now'] }, 'events[0]: got "now"; allowed is an object'],
    [{ ...good, events: [{ atMs: 1, explode: true }] }, 'events[0].option: got "explode"; allowed is atMs'],
    [{ ...good, events: [{ atMs: 1, kill: 2 }] }, 'events[0].kill: got 2; allowed is a number from 0 to 1'],
    [
      { ...good, events: [{ atMs: 1, table: { down: 'yes' } }] },
      'events[0].table.down: got "yes"; allowed is true or false',
    ],
    [
      { ...good, events: [{ atMs: 1, table: { writes: { down: true } } }] },
      'events[0].table.writes.option: got "down"; allowed is errorRate',
    ],
    [
      { ...good, events: [{ atMs: 1, table: { reads: { deny: 1 } } }] },
      'events[0].table.reads.deny: got 1; allowed is true or false',
    ],
    [
      { ...good, events: [{ atMs: 1, restoreFromMs: 'yesterday' }] },
      'events[0].restoreFromMs: got "yesterday"; allowed is a number of at least 0',
    ],
    [
      { ...good, events: [{ atMs: 1, dependency: { mode: 'sad' } }] },
      'events[0].dependency.mode: got "sad"; allowed is healthy, outage, brownout, slow',
    ],
    [
      { ...good, events: [{ atMs: 1, dependency: { mode: 'brownout' } }] },
      'events[0].dependency.errorRate: got undefined; allowed is a number from 0 to 1',
    ],
    [
      { ...good, events: [{ atMs: 1, override: { mode: 'OPEN' } }] },
      'events[0].override.mode: got "OPEN"; allowed is FORCED_OPEN',
    ],
    [{ ...good, events: [{ atMs: 1, deploy: { openMs: 0 } }] }, 'openMs: got 0'],
  ])('is refused by a message that names the field, its value and what is allowed: %#', (value, message) => {
    expect(() => checkScenario(value)).toThrow(message)
    expect(() => checkScenario(value)).toThrow(TypeError)
  })
})

it('the scenario that README.md shows makes sense', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const [, json] = /```json\n([\s\S]*?)```/.exec(readme)!
  expect(checkScenario(JSON.parse(json!)).name).toBe('black-friday')
})

describe('a name or a file', () => {
  it('finds the library, and lists it for a name that is not there', () => {
    expect(findScenario('outage').name).toBe('outage')
    expect(() => findScenario('outrage')).toThrow(
      /^scenario: got "outrage"; allowed is healthy, noise, outage, /,
    )
  })

  it('reads a file, and says which is not there or no JSON', () => {
    const directory = mkdtempSync(join(tmpdir(), 'scenario-'))
    try {
      const file = join(directory, 'mine.json')
      writeFileSync(file, JSON.stringify(good))
      expect(findScenario(file)).toEqual(good)
      writeFileSync(file, '{"name": ')
      expect(() => findScenario(file)).toThrow(/mine\.json.*JSON/s)
      expect(() => findScenario(join(directory, 'yours.json'))).toThrow(/ENOENT.*yours\.json/)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

it('a scenario of hostile values is taken, or refused by a TypeError', () => {
  const check = (value: unknown) => only([TypeError], () => checkScenario(value))
  const whole = {
    ...good,
    policy: { openMs: 1_000 },
    dependency: { mode: 'outage' },
    capacity: { share: 1 },
    regions: { replicationMs: 1 },
    keys: { count: 2 },
    expect: { opens: [1, 2] },
    timeoutMs: 100,
  }
  const event = {
    atMs: 1,
    table: { down: true },
    override: { mode: 'RELEASED' },
    deploy: {},
    kill: 1,
    burst: 1,
  }
  const scenario = fc.oneof(
    hostile,
    nearly(whole),
    nearly(event).map(one => ({ ...good, events: [one] })),
  )
  fc.assert(fc.property(scenario, check), { numRuns: runs(100, 5_000) })
  for (const value of [...deepValues, ...largeTexts])
    for (const name of Object.keys(whole)) check({ ...whole, [name]: value })
})

it('a file of any text is a scenario, or refused by a TypeError', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scenario-'))
  try {
    const file = join(folder, 'hostile.json')
    for (const text of [...deepTexts, ...largeTexts, '', '\u0000', '{"name":"\\ud800"}']) {
      writeFileSync(file, text)
      only([TypeError], () => findScenario(file))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
