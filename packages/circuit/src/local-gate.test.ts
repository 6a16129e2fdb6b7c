import { expect, it } from 'vitest'
import { fails, works } from './fleet.fixture.ts'
import type { Admission } from './gate.ts'
import { Circuit, type Clock, resolvePolicy } from './index.ts'
import { LocalGate } from './local-gate.ts'
import { initialRecord } from './record.ts'
import { VirtualClock } from './testing/index.ts'

const policy = {
  consecutiveFailures: 2,
  openMs: 1_000,
  probes: 2,
  recoveryMs: 0,
  probeLeaseMs: 500,
  windowMs: 10_000,
} as const

/** A gate of its own, the events that it emits, and calls that end at once. */
function gateWith(options: Parameters<typeof resolvePolicy>[0] = policy) {
  const time = new VirtualClock()
  let setBackMs = 0
  const clock: Clock = { ...time, now: () => time.now() - setBackMs }
  const setBack = (ms: number) => {
    setBackMs += ms
  }
  const events: unknown[] = []
  const gate = new LocalGate({
    circuit: 'payments',
    environment: 'here',
    policy: resolvePolicy(options),
    clock,
    random: () => 0,
    emit: event => events.push(event),
  })
  const ask = () => {
    gate.freshen(clock.now())
    return gate.ask(clock.now(), 500) as Admission
  }
  const settle = (admission: Admission, outcome: 'success' | 'failure', slow = false) => {
    const now = clock.now()
    gate.settle(admission, { outcome, slow, retryAfterMs: 0, startedAt: now, at: now, now })
  }
  const fail = () => settle(ask(), 'failure')
  const succeed = () => settle(ask(), 'success')
  return { clock, time, setBack, events, gate, ask, settle, fail, succeed }
}

it('each change of state, and nothing else, is an event', async () => {
  const { time, clock, events, fail, succeed } = gateWith()
  const start = clock.now()
  for (const change of [fail, fail]) change()
  await time.advance(1_000)
  for (const probe of [succeed, succeed]) probe()
  const common = { type: 'transition', scope: 'environment', origin: 'here', environment: 'here' }
  const counts = { calls: 2, failures: 2, slow: 0 }
  const retryAt = start + 1_000
  const opened = { from: 'CLOSED', to: 'OPEN', generation: 1, at: start, reason: 'consecutive-failures' }
  const probed = { from: 'OPEN', to: 'HALF_OPEN', generation: 2, at: retryAt, reason: 'probing' }
  const closed = { from: 'HALF_OPEN', to: 'CLOSED', generation: 3, at: retryAt, reason: 'recovered' }
  expect(events).toEqual([
    { ...common, ...opened, retryAt, counts },
    { ...common, ...probed },
    { ...common, ...closed },
  ])
})

it('a call is admitted under the generation of the gate, and only a probe holds a lease, each its own', async () => {
  const { time, clock, gate, ask, fail } = gateWith()
  expect(ask()).toEqual({ generation: 0, localGeneration: 0, lease: undefined })
  // Most calls cost no object.
  expect(ask()).toBe(ask())
  expect(gate.admitted(7)).toStrictEqual({ generation: 7, localGeneration: 0, lease: undefined })
  gate.reset()
  expect(gate.admitted(7)).toStrictEqual({ generation: 7, localGeneration: 1, lease: undefined })
  fail()
  fail()
  expect(gate.admitted(7)).toEqual({ generation: 7, localGeneration: 2, lease: undefined })
  await time.advance(1_000)
  const [one, other] = [ask(), ask()]
  expect(one).toEqual({
    generation: 3,
    localGeneration: 3,
    lease: { id: expect.stringMatching(/^\w+-\d+$/), of: 'environment' },
  })
  expect(other.lease!.id).not.toBe(one.lease!.id)
  expect(gate.ask(clock.now(), 500)).toBe(gate.record)
})

it('a call of before the gate started anew counts no more', () => {
  const { gate, ask, settle } = gateWith()
  const late = [ask(), ask()]
  gate.reset()
  expect(gate.record).toEqual({ ...initialRecord, generation: 1 })
  for (const admission of late) settle(admission, 'failure')
  expect(gate.record.state).toBe('CLOSED')
})

it('a success of the light path counts once, and under its own generation only', () => {
  const { clock, gate } = gateWith()
  const now = clock.now()
  gate.succeed(0, now)
  gate.succeed(1, now)
  expect(gate.window.sums(now)).toEqual({ calls: 1, failures: 0, slow: 0 })
})

it('a success of the light path ends a row of failures, also where its time does not matter', () => {
  const { clock, gate, fail } = gateWith()
  fail()
  gate.succeed(1, undefined)
  expect(gate.window.failuresInARow).toBe(1)
  gate.succeed(0, undefined)
  expect(gate.window.failuresInARow).toBe(0)
  const now = clock.now()
  expect(gate.window.sums(now).calls).toBe(1)
  // Without a time it says nothing of the clock, which is set back now.
  expect(gate.window.sums(now - 600_000).calls).toBe(1)
  expect(gate.window.sums(now - 580_000).calls).toBe(0)
})

it('a success opens nothing, though with it there are calls enough to judge', () => {
  const { gate, fail, succeed } = gateWith({ minimumCalls: 10, failureRate: 0.5 })
  for (let call = 0; call < 9; call++) fail()
  succeed()
  expect(gate.record.state).toBe('CLOSED')
  fail()
  expect(gate.record.state).toBe('OPEN')
})

it('a slow success is judged as well', () => {
  const { gate, ask, settle } = gateWith({ minimumCalls: 2, slowCallMs: 100, slowCallRate: 0.5 })
  for (let call = 0; call < 2; call++) settle(ask(), 'success', true)
  expect(gate.record).toMatchObject({ state: 'OPEN', reason: 'slow-call-rate' })
})

it('a clock that is set back by a millisecond keeps a circuit open for no millisecond more', async () => {
  const { clock, gate, fail } = gateWith()
  fail()
  fail()
  const now = clock.now()
  gate.freshen(now - 1)
  expect(gate.record).toMatchObject({ since: now - 1, retryAt: now + 999 })
})

it('a clock that is set back keeps probes on their way, with what is left of their leases', async () => {
  const { time, clock, setBack, gate, ask, settle, fail } = gateWith()
  fail()
  fail()
  await time.advance(1_000)
  const [one, other] = [ask(), ask()]
  const now = clock.now()
  setBack(600_000)
  gate.freshen(clock.now())
  expect(gate.record).toMatchObject({
    state: 'HALF_OPEN',
    since: now - 600_000,
    leases: [one, other].map(({ lease }) => ({ id: lease!.id, expiresAt: now + 500 - 600_000, ms: 500 })),
  })
  settle(one, 'success')
  settle(other, 'success')
  expect(gate.record.state).toBe('CLOSED')
})

it('a circuit that shares nothing says so, and whose gate rejects', async () => {
  const clock = new VirtualClock()
  const circuit = new Circuit('payments', { clock, environment: 'here', ...policy })
  for (let call = 0; call < 2; call++) await circuit.run(fails).catch(() => {})
  expect(circuit.status().store).toBe('none')
  await expect(circuit.run(works)).rejects.toMatchObject({ scope: 'environment' })
  await circuit.forceOpen({ by: 'ana', reason: 'test' })
  await expect(circuit.run(works)).rejects.toMatchObject({ reason: 'forced-open', scope: 'environment' })
})
