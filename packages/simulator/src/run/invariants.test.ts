import { resolvePolicy } from '@breakwater/circuit'
import { beforeEach, describe, expect, it } from 'vitest'
import { Engine } from '../engine/engine.ts'
import { Environment } from '../engine/environment.ts'
import { Invariants, type StoredState } from './invariants.ts'

const policy = resolvePolicy({})
let engine: Engine
let invariants: Invariants
let a: Environment
let b: Environment

beforeEach(() => {
  engine = new Engine()
  invariants = new Invariants(engine, policy, 0)
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
    invariants.shed(a)
    expect(broken()).toEqual([])
    await later(10_000)
    invariants.shed(a)
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
    invariants.wrote(a)
    expect(broken()).toEqual(['healthy-writes'])
  })

  it('write-rate: one environment writes and writes', async () => {
    invariants.trouble = true
    for (let write = 0; write < 12; write++) invariants.wrote(a)
    await later(1_000)
    invariants.wrote(a)
    expect(broken()).toEqual([])
    for (let write = 0; write < 12; write++) invariants.wrote(a)
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
    invariants.wrote(a)
    invariants.wrote(a)
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
