import { resolvePolicy } from '@breakwater/circuit'
import { beforeEach, describe, expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import { Engine } from '../engine/engine.ts'
import { Environment } from '../engine/environment.ts'
import { Random } from '../engine/random.ts'
import { Dependency } from '../fleet/dependency.ts'
import { scenarioNamed } from '../scenario/library.ts'
import { Conditions } from './conditions.ts'
import { Invariants } from './invariants.ts'
import type { KeyedInvariants } from './keyed-invariants.ts'
import { simulate } from './simulate.ts'

const policy = resolvePolicy({})
const scenario = scenarioNamed('keys')
let engine: Engine
let conditions: Conditions
let invariants: Invariants
let keyed: KeyedInvariants
let a: Environment

beforeEach(() => {
  engine = new Engine()
  const dependency = new Dependency(engine, new Random('dependency'), {})
  conditions = new Conditions(engine, dependency, policy, scenario)
  invariants = new Invariants(engine, policy, { skewMs: 0, concurrency: 30 }, conditions)
  keyed = invariants.keyed(2)
  a = new Environment(engine, 1, 0)
})

const later = async (ms: number) => engine.run(engine.now + ms)
const broken = () => invariants.violations.map(({ invariant }) => invariant)
const hangs = async () => {
  await later(10_000)
  conditions.applied({ atMs: 0, table: { hang: true } })
}

describe('each invariant of keyed circuits notices when it is broken', () => {
  it('keyed-requests: every key asks a table that answers nothing', async () => {
    for (let request = 0; request < 50; request++) keyed.sent(a, 'read')
    await hangs()
    for (let request = 0; request < 50; request++) keyed.sent(a, 'read')
    for (const pauseMs of [1_000, 2_000, 4_000]) {
      await later(pauseMs)
      keyed.sent(a, 'read')
    }
    expect(broken()).toEqual([])
    for (let key = 0; key < 5; key++) keyed.sent(a, 'read')
    expect(broken()).toEqual(['keyed-requests'])
  })

  it('keyed-waiting: a sixth call waits for a table that answers nothing', async () => {
    await hangs()
    for (let call = 0; call < 5; call++) {
      keyed.begins(a)
      await later(10)
    }
    const begunAt = engine.now
    keyed.begins(a)
    keyed.decided(a, begunAt)
    await later(10)
    const waits = engine.now
    keyed.begins(a)
    expect(broken()).toEqual([])
    await later(200)
    keyed.decided(a, waits)
    expect(broken()).toEqual(['keyed-waiting'])
  })

  it('key-shed: a key is shed whose dependency never failed', () => {
    keyed.died(3)
    keyed.died(0)
    keyed.ended(a, 2, true, 1)
    keyed.ended(a, 3, false, 2)
    expect(broken()).toEqual([])
    keyed.ended(a, 3, true, 2)
    expect(broken()).toEqual(['key-shed'])
  })

  it('kept: an environment keeps more circuits than it may', () => {
    keyed.ended(a, 3, false, 3)
    expect(broken()).toEqual(['kept'])
  })
})

const count = runs(5_000, 50_000)

it(`with a circuit for each of ${count.toLocaleString('en')} keys a hanging table costs what it costs with one`, {
  timeout: 120_000,
}, async () => {
  const { measures, violations } = await simulate(
    {
      ...scenario,
      durationMs: 20_000,
      fleet: { callsPerSecond: 400, concurrency: 200, limit: 1 },
      keys: { count },
      events: [
        { atMs: 5_000, table: { hang: true } },
        { atMs: 15_000, table: {} },
      ],
    },
    { seed: 1, size: 1 },
  )
  expect(violations).toEqual([])
  expect(measures).toMatchObject({ failed: 0, shed: 0, storeFailures: 1 })
  expect(measures.calls).toBeGreaterThan(7_000)
})
