import { expect, it } from 'vitest'
import { Circuit, initialRecord, type PermitToken } from './index.ts'
import { MemoryStore } from './shared/index.ts'
import { VirtualClock } from './testing/index.ts'

async function setUp(state: 'CLOSED' | 'OPEN') {
  const clock = new VirtualClock()
  const store = new MemoryStore()
  const { recovering, suspectSince, suspectUntil, calmUntil, ...base } = initialRecord
  const open = { ...base, state: 'OPEN', generation: 1, openings: 1, retryAt: clock.now() } as const
  if (state === 'OPEN') await store.write('payments', { ...open, reason: 'failure-rate' }, 0, clock.now())
  const start = async (environment: string) => {
    const circuit = new Circuit('payments', { store, clock, environment, probes: 1, recoveryMs: 0 })
    await circuit.refresh()
    return circuit
  }
  return { clock, store, start }
}

/** As it travels through a workflow. */
const travelled = (token: PermitToken): PermitToken => JSON.parse(JSON.stringify(token))

it.each([
  ['succeed', 'CLOSED'],
  ['fail', 'OPEN'],
] as const)('a probe begun in one environment is ended in another one: %s', async (end, state) => {
  const { start } = await setUp('OPEN')
  const [here, there] = [await start('here'), await start('there')]
  const permit = await here.acquire()
  expect(permit.token).toEqual({ generation: 2, startedAt: expect.any(Number), lease: expect.any(String) })
  await there.refresh()
  await there.resume(travelled(permit.token))[end]()
  expect(await here.refresh()).toMatchObject({ state, generation: 3 })
})

it('an ignored probe gives its lease back', async () => {
  const { start } = await setUp('OPEN')
  const [here, there] = [await start('here'), await start('there')]
  const { token } = await here.acquire()
  await there.refresh()
  await expect(there.acquire()).rejects.toMatchObject({ reason: 'half-open' })
  await there.resume(travelled(token)).ignore()
  expect((await there.acquire()).probe).toBe(true)
})

it('an ordinary call counts where it ends', async () => {
  const { start } = await setUp('CLOSED')
  const [here, there] = [await start('here'), await start('there')]
  const { token } = await here.acquire()
  expect(token).toEqual({ generation: 0, startedAt: expect.any(Number) })
  await there.resume(travelled(token)).fail()
  expect(there.status().calls).toEqual({ calls: 1, failures: 1, slow: 0 })
  expect(here.status().calls.calls).toBe(0)
})

it('an outcome of an earlier generation, or under a lease that is over, changes nothing', async () => {
  const { start, clock } = await setUp('OPEN')
  const circuit = await start('here')
  const { token } = await circuit.acquire()
  await clock.advance(60_000)
  await circuit.refresh()
  for (const late of [token, { generation: 0, startedAt: token.startedAt }])
    await circuit.resume(late).succeed()
  expect(await circuit.refresh()).toMatchObject({ state: 'HALF_OPEN', generation: 2 })
  expect(circuit.status().calls.calls).toBe(0)
})

it('a detached permit leaves nothing behind: it is no call that hung, and does not count until it is resumed', async () => {
  const { start, clock } = await setUp('CLOSED')
  const [here, there] = [await start('here'), await start('there')]
  const events: string[] = []
  here.on(event => events.push(event.type))
  const { token } = await here.acquire({ detached: true, timeoutMs: 1_000 })
  clock.freeze(60_000)
  await here.refresh()
  await here.run(async () => 'answer')
  expect(events).toEqual(['call'])
  expect(here.status().calls).toEqual({ calls: 1, failures: 0, slow: 0 })
  await there.resume(travelled({ ...token, startedAt: clock.now() })).fail()
  expect(there.status().calls.failures).toBe(1)
})

it('a detached permit is not refused by the gate of this environment alone, an ordinary one is', async () => {
  const { start } = await setUp('CLOSED')
  const here = await start('here')
  for (let call = 0; call < 20; call++)
    await here.run(() => Promise.reject(new Error('down'))).catch(() => {})
  expect(here.status()).toMatchObject({ state: 'CLOSED', shedding: true })
  await expect(here.acquire()).rejects.toMatchObject({ reason: 'failure-rate' })
  const { token } = await here.acquire({ detached: true })
  expect(token).toMatchObject({ generation: 0 })
  expect(here.status()).toMatchObject({ state: 'CLOSED', shedding: true })
})

it('judge says what classify says of a call, counts nothing and never throws', () => {
  const classify = () => {
    throw new Error('broken')
  }
  const circuit = new Circuit('payments', { classify, consecutiveFailures: 1 })
  expect(circuit.judge({ ok: true, value: 1 })).toBe('success')
  expect(circuit.judge({ ok: false, error: 1 })).toBe('failure')
  expect(new Circuit('payments').judge({ ok: false, error: { status: 404 } })).toBe('success')
  expect(circuit.status()).toMatchObject({ state: 'CLOSED', calls: { calls: 0 } })
})
