import { resolvePolicy } from '@breakwater/circuit'
import { beforeEach, describe, expect, it } from 'vitest'
import { Engine } from '../engine/engine.ts'
import { Environment } from '../engine/environment.ts'
import { Random } from '../engine/random.ts'
import { Dependency } from '../fleet/dependency.ts'
import type { Scenario, ScenarioEvent } from '../scenario/scenario.ts'
import { Conditions } from './conditions.ts'
import { Invariants, type StoredState } from './invariants.ts'

const policy = resolvePolicy({ maxOpenMs: 20_000 })
const scenario: Scenario = {
  name: 'test',
  title: 'A scenario of a test.',
  durationMs: 60_000,
  sizes: [2],
  fleet: { callsPerSecond: 1 },
  events: [],
}
let engine: Engine
let dependency: Dependency
let conditions: Conditions
let invariants: Invariants
let a: Environment
let b: Environment

beforeEach(() => {
  engine = new Engine()
  dependency = new Dependency(engine, new Random('dependency'), {})
  conditions = new Conditions(engine, dependency, policy, scenario)
  invariants = new Invariants(engine, policy, { skewMs: 0, concurrency: 1 }, conditions)
  a = new Environment(engine, 1, 0)
  b = new Environment(engine, 2, 0)
})

const state = (name: string, generation: number, more: Partial<StoredState> = {}): StoredState => ({
  state: name,
  generation,
  since: engine.now,
  retryAt: engine.now + 5_000,
  reason: '',
  leases: [],
  ...more,
})
const lease = (id: string) => ({ id, expiresAt: engine.now + 30_000 })
const later = async (ms: number) => engine.run(engine.now + ms)
const happens = (event: Omit<ScenarioEvent, 'atMs'>) => {
  if (event.dependency) dependency.condition = event.dependency
  conditions.applied({ atMs: 0, ...event })
  invariants.happened({ atMs: 0, ...event })
}
const broken = () => invariants.violations.map(({ invariant }) => invariant)

describe('each invariant notices when it is broken', () => {
  it('leases: more of them live than there may be probes', () => {
    invariants.stored(a, state('OPEN', 1), state('HALF_OPEN', 2, { leases: ['1', '2', '3'].map(lease) }))
    expect(broken()).toEqual([])
    invariants.stored(
      a,
      state('HALF_OPEN', 2),
      state('HALF_OPEN', 2, { leases: ['1', '2', '3', '4'].map(lease) }),
    )
    expect(broken()).toEqual(['leases'])
  })

  it('generations: one is left out, or a change of state keeps its own', () => {
    invariants.stored(a, undefined, state('OPEN', 1))
    expect(broken()).toEqual([])
    invariants.stored(a, state('OPEN', 1), state('HALF_OPEN', 3))
    expect(broken()).toEqual(['generations'])
  })

  it('generations: after a restore one may be left out, and none goes back', () => {
    invariants.stored(a, undefined, state('OPEN', 1))
    invariants.replaced(state('CLOSED', 0))
    invariants.stored(a, state('CLOSED', 0), state('OPEN', 2))
    invariants.replaced(state('CLOSED', 0))
    expect(broken()).toEqual([])
    invariants.stored(a, state('CLOSED', 2), state('OPEN', 2))
    expect(broken()).toEqual(['generations'])
  })

  it('announced-once: two environments announce the same change as theirs', () => {
    invariants.announced(a, 1)
    invariants.announced(b, 2)
    expect(broken()).toEqual([])
    invariants.announced(b, 1)
    expect(broken()).toEqual(['announced-once'])
  })

  it('open-admits: a call is admitted after OPEN was read', () => {
    invariants.learned(a, state('OPEN', 1))
    invariants.reached(a, true, false)
    invariants.reached(b, false, false)
    invariants.reached(a, false, true)
    expect(broken()).toEqual([])
    invariants.reached(a, false, false)
    expect(broken()).toEqual(['open-admits'])
  })

  it('open-admits no longer holds once something newer was read', () => {
    invariants.learned(a, state('OPEN', 1))
    invariants.learned(a, state('CLOSED', 3))
    invariants.learned(a, state('OPEN', 1))
    invariants.reached(a, false, false)
    expect(broken()).toEqual([])
  })

  it('probed: the open time is long over, and calls are still shed', async () => {
    invariants.stored(a, undefined, state('OPEN', 1))
    await later(6_000)
    invariants.ended(a, true)
    expect(broken()).toEqual([])
    await later(10_000)
    invariants.ended(a, true)
    expect(broken()).toEqual(['probed'])
  })

  it('old-outcomes: an environment without a lease ends the probing', () => {
    const probing = state('HALF_OPEN', 2, { leases: [lease('x')] })
    invariants.stored(a, state('OPEN', 1), probing)
    invariants.stored(b, probing, state('OPEN', 3))
    expect(broken()).toEqual(['old-outcomes'])
  })

  it('old-outcomes: more calls are reported for a generation than were made under it', () => {
    for (let call = 0; call < 3; call++) invariants.settled(a, 4)
    invariants.reported(a, 4, 2)
    invariants.reported(a, 4, 1)
    expect(broken()).toEqual([])
    invariants.reported(a, 4, 1)
    expect(broken()).toEqual(['old-outcomes'])
  })

  it('healthy-writes: a write before anything went wrong', () => {
    invariants.wrote(a, false)
    expect(broken()).toEqual(['healthy-writes'])
  })

  it('write-rate: one environment writes and writes', async () => {
    invariants.trouble = true
    for (let write = 0; write < 15; write++) invariants.wrote(a, false)
    await later(1_000)
    invariants.wrote(a, false)
    expect(broken()).toEqual([])
    for (let write = 0; write < 15; write++) invariants.wrote(a, false)
    expect(broken()).toEqual(['write-rate'])
  })

  it('read-rate: a read less than a refreshMs after the last one', async () => {
    invariants.read(a, false)
    await later(1_000)
    invariants.read(a, false)
    invariants.read(b, false)
    expect(broken()).toEqual([])
    await later(999)
    invariants.read(a, false)
    expect(broken()).toEqual(['read-rate'])
  })

  it('read-rate: more consistent reads than there were others', () => {
    invariants.read(a, false)
    invariants.read(a, true)
    expect(broken()).toEqual([])
    invariants.read(a, true)
    expect(broken()).toEqual(['read-rate'])
  })

  it('bounded-wait: a call waits longer than is stated', () => {
    invariants.waited(a, 3 * policy.storeWaitMs)
    expect(broken()).toEqual([])
    invariants.waited(a, 3 * policy.storeWaitMs + 10)
    expect(broken()).toEqual(['bounded-wait'])
  })

  it('open-leak: more calls reach the dead dependency than open times of an environment are over', async () => {
    happens({ dependency: { mode: 'outage' } })
    invariants.stored(a, undefined, state('OPEN', 1))
    for (let call = 0; call < 20; call++) invariants.reached(b, false, true)
    invariants.learned(b, state('OPEN', 1))
    for (let call = 0; call < 3; call++) invariants.reached(b, false, true)
    await later(5_000)
    invariants.reached(b, false, true)
    invariants.stored(b, state('OPEN', 1), state('HALF_OPEN', 2, { leases: [lease('x')] }))
    invariants.reached(b, true, false)
    expect(broken()).toEqual([])
    invariants.reached(b, true, false)
    expect(broken()).toEqual(['open-leak'])
  })

  it('open-leak does not hold of a dependency that answers', () => {
    invariants.stored(a, undefined, state('OPEN', 1))
    for (let call = 0; call < 20; call++) invariants.reached(a, true, true)
    expect(broken()).toEqual([])
  })

  it('settles: all is well, the open time is over, and the record is still open', async () => {
    happens({ dependency: { mode: 'outage' } })
    invariants.stored(a, undefined, state('OPEN', 1))
    happens({ dependency: { mode: 'healthy' } })
    await later(5_000)
    for (let call = 0; call < 30; call++) invariants.ended(b, false)
    await later(15_000)
    expect(broken()).toEqual([])
    invariants.ended(b, false)
    expect(broken()).toEqual(['settles'])
  })

  it('settles: a call is shed by an environment that the table failed, long after all is well', async () => {
    happens({ dependency: { mode: 'outage' }, table: { writes: { deny: true } } })
    await later(20_000)
    happens({ dependency: { mode: 'healthy' }, table: {} })
    await later(37_000)
    invariants.ended(b, true)
    await later(1_000)
    for (let call = 0; call < 30; call++) invariants.ended(b, true)
    expect(broken()).toEqual([])
    await later(15_000)
    invariants.ended(b, true)
    expect(broken()).toEqual(['settles'])
  })

  it('opening-writes: the record is written again and again while the circuit is open', async () => {
    invariants.trouble = true
    const environments = Array.from({ length: 12 }, (_, id) => new Environment(engine, id, 0))
    invariants.stored(a, undefined, state('OPEN', 1))
    for (const each of environments) invariants.wrote(each, true)
    for (const each of environments) invariants.learned(each, state('OPEN', 1))
    await later(5_000)
    for (const each of environments.slice(0, 10))
      for (let write = 0; write < 3; write++) invariants.wrote(each, true)
    invariants.read(environments[10]!, false)
    for (let write = 0; write < 2; write++) invariants.wrote(environments[10]!, true)
    expect(broken()).toEqual([])
    invariants.wrote(environments[11]!, true)
    expect(broken()).toEqual(['opening-writes'])
  })

  it('store-failure-once: an environment reports one stretch of failures twice', () => {
    const fails = (environment: Environment, kind: 'throttled' | 'misconfigured', lasting: boolean) =>
      invariants.storeFailures.failed(environment, kind, lasting)
    fails(a, 'throttled', false)
    fails(a, 'throttled', true)
    fails(b, 'throttled', true)
    fails(a, 'misconfigured', true)
    happens({ table: { writes: { throttleRate: 1 } } })
    fails(a, 'throttled', true)
    expect(broken()).toEqual([])
    fails(a, 'throttled', true)
    expect(broken()).toEqual(['store-failure-once'])
  })

  const control = { mode: 'FORCED_OPEN', by: 'ana', reason: 'test', at: 1 } as const
  const storedOverride = { mode: 'FORCED_OPEN', at: 1, until: Infinity } as const

  it('override-unseen: an environment goes by an override that another one has ended, or by none while it holds', () => {
    const { overrides } = invariants
    overrides.stored(storedOverride)
    overrides.goesBy(b, undefined)
    overrides.goesBy(a, control)
    overrides.stored({ mode: 'RELEASED', at: 2, until: Infinity })
    overrides.goesBy(a, undefined)
    overrides.goesBy(b, control)
    expect(broken()).toEqual([])
    overrides.goesBy(a, control)
    expect(broken()).toEqual(['override-unseen'])
  })

  it('override-unseen: an override is forgotten before its end, and not after it', async () => {
    const { overrides } = invariants
    const until = engine.now + 5_000
    overrides.stored({ ...storedOverride, until })
    overrides.goesBy(a, { ...control, until })
    overrides.goesBy(b, { ...control, until })
    await later(4_000)
    overrides.goesBy(a, undefined)
    expect(broken()).toEqual(['override-unseen'])
    await later(1_000)
    invariants.violations.length = 0
    overrides.goesBy(b, undefined)
    expect(broken()).toEqual([])
  })

  it('override-obeyed: a call that began after a forced open circuit was seen is let through', async () => {
    const { overrides } = invariants
    const before = engine.now
    overrides.stored(storedOverride)
    await later(10)
    overrides.goesBy(a, control)
    overrides.decided(a, false, before)
    await later(10)
    overrides.decided(a, true, engine.now)
    overrides.decided(b, false, engine.now)
    expect(broken()).toEqual([])
    overrides.decided(a, false, engine.now)
    expect(broken()).toEqual(['override-obeyed'])
  })

  it('lost and memory: calls that never end, and things that pile up', () => {
    invariants.finished(0, 10, 10)
    expect(broken()).toEqual([])
    invariants.finished(1, 10_000, 0)
    expect(broken()).toEqual(['lost', 'memory'])
  })
})

it('a violation says when, at which step and what led up to it, and is reported once', async () => {
  engine.after(1_234, () => {
    invariants.note('something happens')
    invariants.wrote(a, false)
    invariants.wrote(a, false)
  })
  await later(2_000)
  expect(invariants.violations).toEqual([
    {
      invariant: 'healthy-writes',
      message: 'env-1 wrote although every call had gone well',
      step: 1,
      atMs: 1_234,
      trace: ['    1234.0 ms  something happens'],
    },
  ])
})
