import { Circuit, type CircuitEvent, initialRecord, type Policy } from '@breakwater/circuit'
import { MemoryStore } from '@breakwater/circuit/shared'
import { FaultyStore, VirtualClock } from '@breakwater/circuit/testing'
import { describe, expect, it } from 'vitest'
import { Gate, type GateOptions, type Permission } from './gate.ts'
import type { CallOutcome } from './request.ts'

const circuit = 'payments'
const down: CallOutcome = { ok: false, error: 'States.Timeout' }

/** A table, and two environments of the function. */
function setUp(policy: Policy = { probes: 1, recoveryMs: 0 }, parts: Partial<GateOptions> = {}) {
  const clock = new VirtualClock()
  const memory = new MemoryStore()
  const store = new FaultyStore(memory, clock)
  const events: CircuitEvent[] = []
  const listener = (event: CircuitEvent) => void events.push(event)
  const policies = new Map([[circuit, policy]])
  const start = () => {
    const gate = new Gate({ store, policies, clock, listener, ...parts })
    return {
      acquire: (timeoutMs?: number) =>
        gate.answer({ action: 'acquire', circuit, ...(timeoutMs && { timeoutMs }) }) as Promise<Permission>,
      record: (permission: Permission, outcome: CallOutcome) =>
        // As it travels through a workflow.
        gate.answer({
          action: 'record',
          circuit,
          outcome,
          token: JSON.parse(JSON.stringify(permission)).token,
        }),
    }
  }
  const open = async (retryAt: number) => {
    const { recovering, suspectSince, suspectUntil, calmUntil, ...base } = initialRecord
    const record = {
      ...base,
      state: 'OPEN',
      generation: 1,
      openings: 1,
      since: clock.now(),
      retryAt,
      reason: 'failure-rate',
    } as const
    await memory.write(circuit, record, 0, clock.now())
  }
  const status = () => new Circuit(circuit, { store: memory, clock }).refresh()
  return { clock, memory, store, events, here: start(), there: start(), open, status }
}

describe('a permit', () => {
  it('is given by a closed circuit without a lease, and the call counts where it ends', async () => {
    const { here, there, clock, events } = setUp()
    const permission = await here.acquire()
    expect(permission).toEqual({ admitted: true, token: { generation: 0, startedAt: clock.now() } })
    clock.freeze(40)
    expect(await there.record(permission, { ok: true })).toEqual({ outcome: 'success' })
    expect(events).toMatchObject([{ type: 'call', outcome: 'success', durationMs: 40 }])
  })

  it('is refused by an open circuit, which says why and for how long', async () => {
    const { here, clock, open } = setUp()
    await open(clock.now() + 3_000)
    expect(await here.acquire()).toEqual({ admitted: false, reason: 'failure-rate', retryAfterMs: 3_000 })
  })

  it('is refused for as long as the open time is, where the clock of the environment that opened it is an hour ahead', async () => {
    const { here, clock, memory } = setUp()
    const { recovering, suspectSince, suspectUntil, calmUntil, ...base } = initialRecord
    const since = clock.now() + 3_600_000
    const record = { ...base, state: 'OPEN', generation: 1, since, retryAt: since + 3_000 } as const
    await memory.write(circuit, { ...record, reason: 'failure-rate' }, 0, clock.now())
    expect(await here.acquire()).toMatchObject({ admitted: false, retryAfterMs: 3_000 })
    clock.freeze(2_000)
    expect(await here.acquire()).toMatchObject({ admitted: false, retryAfterMs: 1_000 })
    clock.freeze(1_000)
    expect(await here.acquire()).toMatchObject({ admitted: true, token: { lease: expect.any(String) } })
  })

  it('is refused while an operator forces the circuit open', async () => {
    const { here, clock, memory } = setUp()
    const operator = new Circuit(circuit, { store: memory, clock })
    await operator.forceOpen({ by: 'ana', reason: 'provider migrates', forMs: 60_000 })
    expect(await here.acquire()).toEqual({ admitted: false, reason: 'forced-open', retryAfterMs: 60_000 })
  })

  it.each([
    [{ ok: true }, 'success', 'CLOSED'],
    [down, 'failure', 'OPEN'],
    [{ ok: false, error: 'States.Runtime' }, 'ignored', 'HALF_OPEN'],
  ] as const)(
    'to probe is one of few, and ended in another environment: %j',
    async (outcome, said, state) => {
      const { here, there, clock, open, status } = setUp()
      await open(clock.now())
      const permission = await here.acquire(2_000)
      expect(permission).toMatchObject({
        admitted: true,
        token: { generation: 2, lease: expect.any(String) },
      })
      expect(await there.acquire()).toMatchObject({ admitted: false, reason: 'half-open' })
      expect(await there.record(permission, outcome)).toEqual({ outcome: said })
      expect(await status()).toMatchObject({ state })
      if (state === 'HALF_OPEN') expect(await there.acquire()).toMatchObject({ admitted: true })
    },
  )

  it('to probe is free again when its call is lost, after about the time that the call may take', async () => {
    const { here, there, clock, open } = setUp()
    await open(clock.now())
    const lost = await here.acquire(2_000)
    clock.freeze(3_100)
    expect(await there.acquire()).toMatchObject({ admitted: false })
    clock.freeze(100)
    expect(await there.acquire()).toMatchObject({ admitted: true, token: { lease: expect.any(String) } })
    await here.record(lost, { ok: true })
    expect(await here.acquire()).toMatchObject({ admitted: false, reason: 'half-open' })
  })

  it('to probe lasts as long as its call may, and a little longer, also above probeLeaseMs', async () => {
    const { here, there, clock, open, status } = setUp()
    await open(clock.now())
    const long = await here.acquire(160_000)
    clock.freeze(159_999)
    expect(await there.acquire()).toMatchObject({ admitted: false, reason: 'half-open' })
    expect(await there.record(long, { ok: true })).toEqual({ outcome: 'success' })
    expect(await status()).toMatchObject({ state: 'CLOSED' })
  })

  it('to probe is kept for probeLeaseMs where neither the request nor the policy says how long the call may take', async () => {
    const { here, there, clock, open } = setUp()
    await open(clock.now())
    await here.acquire()
    clock.freeze(29_999)
    expect(await there.acquire()).toMatchObject({ admitted: false, reason: 'half-open' })
    clock.freeze(1)
    expect(await there.acquire()).toMatchObject({ admitted: true, token: { lease: expect.any(String) } })
  })

  it('that was settled elsewhere is not taken for a call that hung', async () => {
    const { here, there, clock, open, status, events } = setUp({ probes: 2, recoveryMs: 0, timeoutMs: 2_000 })
    await open(clock.now())
    const first = await here.acquire()
    await there.record(first, { ok: true })
    clock.freeze(60_000)
    const second = await here.acquire()
    await there.record(second, { ok: true })
    expect(await status()).toMatchObject({ state: 'CLOSED' })
    await there.record(await here.acquire(), { ok: true })
    clock.freeze(60_000)
    await here.acquire()
    expect(events.flatMap(event => (event.type === 'call' ? [event.outcome] : []))).toEqual([
      'success',
      'success',
      'success',
    ])
  })

  it('is not refused by the gate of an environment that recorded failures, and one circuit serves all permits', async () => {
    const { here, clock, status } = setUp({ consecutiveFailures: 3, recoveryMs: 0, timeoutMs: 2_000 })
    const permissions = []
    for (let call = 0; call < 10; call++) permissions.push(await here.acquire())
    for (const permission of permissions) await here.record(permission, down)
    expect(await status()).toMatchObject({ state: 'CLOSED' })
    for (let call = 0; call < 10; call++) {
      clock.freeze(500)
      expect(await here.acquire()).toMatchObject({ admitted: true, token: { generation: 0 } })
    }
  })

  it('is not refused for the failures that one environment recorded', async () => {
    const { here, clock, events, status } = setUp({ minimumCalls: 5 })
    const permission = await here.acquire()
    clock.freeze(1)
    // Begun before the environments began to report: no fair sample, so the fleet does not judge by them.
    for (let call = 0; call < 20; call++) await here.record(permission, down)
    expect(await status()).toMatchObject({ state: 'CLOSED', suspect: true })
    expect(await here.acquire()).toMatchObject({ admitted: true })
    expect(events.filter(({ type }) => type === 'transition')).toEqual([])
  })
})

it('outcomes of failing calls open the circuit for all', async () => {
  const { here, there, clock, status, events } = setUp({ minimumCalls: 5, refreshMs: 200 })
  for (let round = 0; round < 10 && (await status()).state === 'CLOSED'; round++) {
    for (const gate of [here, there]) {
      const permission = await gate.acquire()
      clock.freeze(150)
      if (permission.admitted) await gate.record(permission, down)
    }
  }
  expect(await status()).toMatchObject({ state: 'OPEN', reason: 'failure-rate' })
  expect(await here.acquire()).toMatchObject({ admitted: false, reason: 'failure-rate' })
  const opened = events.filter(event => event.type === 'transition')
  expect(opened).toMatchObject([{ to: 'OPEN', scope: 'fleet', origin: 'here' }])
})

describe('failures in a row', () => {
  const three = { consecutiveFailures: 3, recoveryMs: 0 }

  it('of tasks that began after the first one had failed open the circuit, through one environment of this function', async () => {
    const { here, clock, status } = setUp(three)
    for (const state of ['CLOSED', 'CLOSED', 'CLOSED', 'OPEN']) {
      const permission = await here.acquire()
      clock.freeze(120_000)
      await here.record(permission, down)
      expect(await status()).toMatchObject({ state })
      clock.freeze(1)
    }
  })

  it('do not where a task succeeded between them', async () => {
    const { here, there, clock, status } = setUp(three)
    for (let task = 0; task < 12; task++) {
      const permission = await here.acquire()
      clock.freeze(1_000)
      await there.record(permission, task % 3 === 2 ? { ok: true } : down)
    }
    expect(await status()).toMatchObject({ state: 'CLOSED' })
  })
})

it('an outcome under an unverified permit is not counted', async () => {
  const { here, clock, status } = setUp({ consecutiveFailures: 1 })
  const unverified: Permission = { admitted: true, token: { generation: -1, startedAt: clock.now() } }
  for (let call = 0; call < 5; call++)
    expect(await here.record(unverified, down)).toEqual({ outcome: 'failure' })
  expect(await status()).toMatchObject({ state: 'CLOSED', suspect: false, calls: { calls: 0 } })
})

it('errors of the workflow itself count neither way', async () => {
  const { here } = setUp({}, { ignored: new Set(['OutOfStock']) })
  const permission = await here.acquire()
  expect(await here.record(permission, { ok: false, error: 'OutOfStock' })).toEqual({ outcome: 'ignored' })
})

describe('a store that fails', () => {
  it('prevents no call', async () => {
    const { here, store, clock, open, status } = setUp()
    await open(clock.now() + 60_000)
    store.fail({ error: 'unavailable' })
    const permission = await here.acquire()
    expect(permission).toEqual({ admitted: true, token: { generation: -1, startedAt: clock.now() } })
    expect(await here.record(permission, down)).toEqual({ outcome: 'failure' })
    expect(await here.record(permission, { ok: true })).toEqual({ outcome: 'success' })
    store.heal()
    expect(await status()).toMatchObject({ state: 'OPEN', generation: 1 })
  })

  it('prevents no call where only its writes fail', async () => {
    const { here, store, clock, open } = setUp()
    await open(clock.now())
    store.fail({ error: 'throttled', operations: ['write'] })
    expect(await here.acquire()).toEqual({
      admitted: true,
      token: { generation: -1, startedAt: clock.now() },
    })
    expect(clock.pending).toBe(0)
  })

  it('prevents no call where it takes longer than the call may', async () => {
    const { here, store, clock, open } = setUp()
    await open(clock.now())
    store.fail({ latencyMs: 400, operations: ['write'] })
    const asked = here.acquire(300)
    await clock.advance(1_000)
    expect(await asked).toMatchObject({ admitted: true, token: { generation: -1 } })
    expect(clock.pending).toBe(0)
  })
})

describe('the circuits of a gate', () => {
  const parts = { store: new MemoryStore(), clock: new VirtualClock() }

  it('are those with a policy, and no others', async () => {
    const gate = new Gate({
      ...parts,
      policies: new Map([
        ['payments', { openMs: 1_000 }],
        ['tenant:*', {}],
      ]),
    })
    for (const name of ['payments', 'tenant:a', 'tenant:'])
      expect(await gate.answer({ action: 'acquire', circuit: name })).toMatchObject({ admitted: true })
    for (const name of ['payment', 'payments2', 'tenant', 'recycler:label-changes']) {
      for (const request of [
        { action: 'acquire', circuit: name },
        { action: 'record', circuit: name, token: { generation: 0, startedAt: 1 }, outcome: { ok: true } },
      ] as const) {
        await expect(gate.answer(request)).rejects.toMatchObject({
          name: 'Breakwater.BadRequest',
          message: `circuit: got "${name}"; allowed is payments, tenant:*`,
        })
      }
    }
  })

  it('have policies of their own, a whole name before one with wildcards', async () => {
    const policies = new Map([
      ['pay*', { probes: 1 }],
      [circuit, { probes: 2 }],
    ])
    const { here, clock, open } = setUp({}, { policies })
    await open(clock.now())
    // At the same time, any two of the three are admitted; no further call is.
    const given = await Promise.all([1, 2, 3].map(() => here.acquire()))
    expect(given.map(({ admitted }) => admitted).sort()).toEqual([false, true, true])
    expect(await here.acquire()).toMatchObject({ admitted: false, reason: 'half-open' })
    const wrong = new Map([['payments', { openMs: -1 }]])
    expect(() => new Gate({ ...parts, policies: wrong })).toThrow('openMs: got -1')
  })

  it('are taken up 20 a second, where callers choose their names; the others run uncounted', async () => {
    const { store, memory, clock } = setUp()
    const gate = new Gate({ store, clock, policies: new Map([['tenant:*', {}]]) })
    const acquire = async (key: number) => {
      const answer = (await gate.answer({ action: 'acquire', circuit: `tenant:${key}` })) as Permission
      return answer.admitted && answer.token.generation
    }
    const fail = (key: number) =>
      gate.answer({
        action: 'record',
        circuit: `tenant:${key}`,
        token: { generation: 0, startedAt: clock.now() },
        outcome: down,
      })
    for (let key = 0; key < 61; key++) {
      expect(await acquire(key)).toBe(key < 20 ? 0 : -1)
      expect(await fail(key)).toEqual({ outcome: key < 20 ? 'failure' : 'ignored' })
    }
    const requests = { ...store.requests }
    expect(await acquire(60)).toBe(-1)
    expect(store.requests).toEqual(requests)
    expect(await acquire(0)).toBe(0)
    expect(await memory.read({ circuit: 'tenant:60' })).toMatchObject({ revision: 0 })
    await clock.advance(1_000)
    expect(await acquire(60)).toBe(0)
  })
})

describe('whoever takes permits to probe and reports nothing', () => {
  it('kept a circuit half-open, and its own next permit comes ever later', async () => {
    const { here, there, clock, open, status } = setUp({
      probes: 1,
      recoveryMs: 0,
      openMs: 5_000,
      maxOpenMs: 20_000,
    })
    await open(clock.now())
    const pauses: number[] = []
    for (let round = 0; round < 4; round++) {
      expect(await here.acquire(1_000)).toMatchObject({
        admitted: true,
        token: { lease: expect.any(String) },
      })
      // The lease ends.
      let refused = await here.acquire(1_000)
      for (let tries = 0; !refused.admitted && tries < 100 && refused.retryAfterMs <= 1_000; tries++) {
        await clock.advance(refused.retryAfterMs)
        refused = await here.acquire(1_000)
      }
      if (refused.admitted) throw new Error('a permit was given at once')
      pauses.push(refused.retryAfterMs)
      await clock.advance(refused.retryAfterMs)
    }
    expect(pauses.map(ms => Math.round(ms / 1_000))).toEqual([5, 10, 20, 20])
    // Meanwhile another environment probes.
    const held = await here.acquire(1_000)
    await clock.advance(60_000)
    expect(held.admitted).toBe(true)
    expect(await here.acquire(1_000)).toMatchObject({ admitted: false })
    const probe = await there.acquire(1_000)
    expect(await there.record(probe, { ok: true })).toEqual({ outcome: 'success' })
    expect((await status()).state).toBe('CLOSED')
    // Then nothing is held against it.
    expect(await here.acquire(1_000)).toMatchObject({ admitted: true })
  })

  it('is none of those whose outcomes come, by whichever environment', async () => {
    const { here, there, clock, open } = setUp({ probes: 1, recoveryMs: 0 })
    await open(clock.now())
    const probe = await here.acquire(1_000)
    await there.record(probe, down)
    await clock.advance(120_000)
    expect(await here.acquire(1_000)).toMatchObject({ admitted: true, token: { lease: expect.any(String) } })
  })
})

describe('an outcome', () => {
  it('closes no circuit without the lease of a permit', async () => {
    const { here, clock, open, status } = setUp()
    await open(clock.now())
    await here.acquire()
    for (const lease of [undefined, 'made-up'] as const) {
      const token = { generation: 2, startedAt: clock.now(), ...(lease && { lease }) }
      for (let n = 0; n < 10; n++) await here.record({ admitted: true, token }, { ok: true })
    }
    expect((await status()).state).toBe('HALF_OPEN')
  })

  it('is refused where its call has not begun', async () => {
    const { here, clock } = setUp()
    const token = { generation: 0, startedAt: clock.now() + 120_000 }
    await expect(here.record({ admitted: true, token }, down)).rejects.toThrow('token.startedAt: got')
  })
})
