import { describe, expect, it } from 'vitest'
import { Circuit, type CircuitOptions } from './index.ts'
import { MemoryStore, pause } from './shared/index.ts'
import { VirtualClock } from './testing/index.ts'

const works = async () => 'answer'
const fails = () => Promise.reject(new Error('down'))
const policy: CircuitOptions = { minimumCalls: 4, windowMs: 10_000, openMs: 1_000, recoveryMs: 1_000 }

async function opened(more: CircuitOptions = {}) {
  const clock = new VirtualClock()
  const options = { ...policy, clock, random: () => 0.5, ...more } as CircuitOptions
  const circuit = new Circuit('payments', options)
  for (let call = 0; call < 30 && circuit.status().state === 'CLOSED'; call++) {
    await circuit.run(fails).catch(() => {})
    await clock.advance(1_000)
  }
  return { clock, circuit }
}

async function open(name: string, clock: VirtualClock): Promise<Circuit> {
  const circuit = new Circuit(name, { clock })
  await circuit.forceOpen({ by: 'ana', reason: 'test', forMs: 76_000 })
  return circuit
}

describe('a rejection is not an outcome of the dependency', () => {
  it('an open circuit opened the one around it, and handed it its own wait (Polly)', async () => {
    const clock = new VirtualClock()
    const users = await open('users', clock)
    const orders = new Circuit('orders', { clock, minimumCalls: 2, classify: () => 'failure' })
    for (let call = 0; call < 20; call++)
      await expect(orders.run(() => users.run(works))).rejects.toMatchObject({ circuit: 'users' })
    expect(orders.status()).toMatchObject({ state: 'CLOSED', calls: { failures: 0 } })
  })

  it('answers by the fallback of the circuit around it', async () => {
    const clock = new VirtualClock()
    const users = await open('users', clock)
    const orders = new Circuit('orders', { clock })
    const seen: unknown[][] = []
    const fallback = (...given: unknown[]) => seen.push(given)
    expect(await orders.run(() => users.run(works), { fallback })).toBe(1)
    expect(await orders.run(() => users.run(works), { fallback, timeoutMs: 50 })).toBe(2)
    const error = { circuit: 'users', reason: 'forced-open' }
    expect(seen[0]).toMatchObject([error, { circuit: 'orders', cause: 'rejected', error }])
  })
})

describe.each([
  ['alone', undefined],
  ['shared', () => new MemoryStore()],
])('the same circuit nested in itself, %s', (_, makeStore) => {
  const make = (more: CircuitOptions = {}) =>
    opened({ ...(makeStore && { store: makeStore() }), ...more } as CircuitOptions)

  it.each([1, 3])(
    'never closed again: each held the permit that the other needed, with %i probes',
    async probes => {
      const { clock, circuit } = await make({ probes })
      expect(circuit.status().state).not.toBe('CLOSED')
      for (let second = 0; second < 20 && circuit.status().state !== 'CLOSED'; second++) {
        const calls = [1, 2, 3].map(() =>
          circuit
            .run(() => circuit.run(() => circuit.run(() => pause(100, undefined, clock))))
            .catch(() => {}),
        )
        await clock.advance(1_000)
        await Promise.all(calls)
      }
      expect(circuit.status().state).toBe('CLOSED')
    },
  )

  it('lets no other call in on the permit', async () => {
    const { clock, circuit } = await make({ probes: 1 })
    await clock.advance(5_000)
    let nested: unknown
    const outer = circuit.run(async () => {
      nested = await circuit.run(works)
      await pause(500, undefined, clock)
    })
    await clock.advance(100)
    await expect(circuit.run(works)).rejects.toMatchObject({ reason: 'half-open' })
    await clock.advance(500)
    await outer
    expect(nested).toBe('answer')
    expect(circuit.status().state).toBe('CLOSED')
  })

  it('takes the failure of a part for that of the probe, also where a fallback hides it', async () => {
    const { clock, circuit } = await make({ probes: 1 })
    await clock.advance(5_000)
    expect(await circuit.run(() => circuit.run(fails, { fallback: () => 'cached' }))).toBe('cached')
    expect(circuit.status()).toMatchObject({ state: 'OPEN', reason: 'probe-failed' })
  })

  it('goes on while traffic grows back', async () => {
    const { clock, circuit } = await make({ probes: 1, recoveryMs: 10_000 })
    await clock.advance(5_000)
    await circuit.run(works)
    await clock.advance(3_000)
    let parts = 0
    for (let call = 0; call < 100; call++) {
      await circuit
        .run(() => circuit.run(async () => parts++))
        .catch(error => {
          // Rejected is the whole, if anything.
          expect(error).toMatchObject({ reason: 'recovering' })
        })
      await clock.advance(10)
    }
    expect(circuit.status().state).toBe('CLOSED')
    expect(parts === 0 || parts === 100).toBe(true)
  })

  it('is let in on a reentrant permit, until that is settled', async () => {
    const { clock, circuit } = await make({ probes: 1 })
    await clock.advance(5_000)
    const permit = await circuit.acquire({ reentrant: true })
    expect(await circuit.run(works)).toBe('answer')
    await expect(circuit.run(fails, { fallback: () => 'cached' })).resolves.toBe('cached')
    await permit.succeed()
    expect(circuit.status().state).toBe('OPEN')
    await expect(circuit.run(works)).rejects.toMatchObject({ reason: 'probe-failed' })
  })

  it('is not let in on a permit whose time is over, or whose generation', async () => {
    const { clock, circuit } = await make({ probes: 1, probeLeaseMs: 1_000 })
    await clock.advance(5_000)
    const permit = await circuit.acquire({ reentrant: true, timeoutMs: 500 })
    await clock.advance(600)
    await expect(circuit.run(works)).rejects.toMatchObject({
      reason: expect.stringMatching(/probe-failed|half-open/),
    })
    await permit.succeed()
    expect(circuit.status().state).toBe('OPEN')
  })
})
