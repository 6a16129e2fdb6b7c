import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { Circuit, type CircuitOptions } from './index.ts'
import { VirtualClock } from './testing/index.ts'

const policies: CircuitOptions[] = [
  { minimumCalls: 3, windowMs: 1_000, openMs: 500, recoveryMs: 300, probes: 2 },
  { consecutiveFailures: 2, windowMs: 1_000, openMs: 500, recoveryMs: 0 },
]

const step = fc.oneof(
  fc.constantFrom('answer', 'fail', 'throw', 'value', 'missing', 'ignore', 'plain'),
  fc.nat({ max: 900 }),
)

/** What a call of that kind does. */
const calls: Record<string, () => unknown> = {
  answer: async () => 'answer',
  plain: () => 'answer',
  fail: async () => Promise.reject(new Error('down')),
  throw: () => {
    throw new Error('at once')
  },
  value: async () => new Response(null, { status: 503 }),
  missing: async () => Promise.reject({ status: 404 }),
  ignore: async () => Promise.reject('ignored'),
}

describe('the light path of a call that asks no gate', () => {
  it('decides and answers as the long one of a circuit that is listened to', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...policies),
        fc.array(step, { maxLength: 60 }),
        async (policy, steps) => {
          const clock = new VirtualClock()
          const make = (more: CircuitOptions) =>
            new Circuit('payments', {
              clock,
              random: () => 0.5,
              environment: 'e',
              ...policy,
              ...more,
            } as CircuitOptions)
          const short = make({})
          const long = make({ timeoutMs: 1_000_000 })
          const heard = make({ listener: () => {} })
          for (const one of steps) {
            if (typeof one === 'number') {
              await clock.advance(one)
              continue
            }
            const runs = [short, heard, long].map(circuit => circuit.run(calls[one]!))
            const [a, b, c] = await Promise.allSettled(runs)
            expect([a!.status, b!.status]).toEqual([c!.status, c!.status])
            const { calls: counted, ...expected } = long.status()
            for (const circuit of [short, heard]) {
              const { calls: own, ...status } = circuit.status()
              expect(status).toEqual(expected)
              expect(own.failures).toBe(counted.failures)
              // Where failures in a row decide, the time of a success does not matter.
              if (circuit === heard || policy.consecutiveFailures === undefined) expect(own).toEqual(counted)
            }
          }
        },
      ),
    )
  })

  it('counts what ends after the circuit has opened nowhere', async () => {
    const circuit = new Circuit('payments', { consecutiveFailures: 1, clock: new VirtualClock() })
    let answer = (_: string) => {}
    const late = circuit.run(
      () =>
        new Promise(resolve => {
          answer = resolve
        }),
    )
    await circuit.run(calls.fail!).catch(() => {})
    const before = circuit.status()
    answer('late')
    expect(await late).toBe('late')
    expect(circuit.status()).toEqual(before)
  })
})

describe('what a call does not ask for is not made', () => {
  it('a signal for each call that nothing ends: they share one, but for so long only', async () => {
    const circuit = new Circuit('payments')
    const seen = new Set<AbortSignal>()
    for (let call = 0; call < 1_000; call++) await circuit.run(signal => seen.add(signal))
    expect(seen.size).toBeGreaterThan(5)
    expect(seen.size).toBeLessThan(20)
  })

  it.each([
    [false, 1],
    [true, 5],
  ])('frames of a rejection, with stackTraces %j', async (stackTraces, minLines) => {
    const circuit = new Circuit('payments', { stackTraces })
    await circuit.forceOpen({ by: 'ana', reason: 'test' })
    const limit = Error.stackTraceLimit
    const error = await circuit.run(() => 1).catch(error => error)
    expect(Error.stackTraceLimit).toBe(limit)
    expect(error).toBeInstanceOf(Error)
    const lines = error.stack.split('\n')
    expect(lines[0]).toBe(`CircuitOpenError: ${error.message}`)
    expect(lines.length).toBeGreaterThanOrEqual(minLines)
    if (!stackTraces) expect(lines).toHaveLength(1)
  })
})

it('a rejection that is not awaited reaches the process, as any other', async () => {
  const circuit = new Circuit('payments')
  await circuit.forceOpen({ by: 'ana', reason: 'test' })
  const onUnhandled = vi.fn()
  process.once('unhandledRejection', onUnhandled)
  const others = process.listeners('unhandledRejection').filter(listener => listener !== onUnhandled)
  process.removeAllListeners('unhandledRejection')
  process.once('unhandledRejection', onUnhandled)
  void circuit.run(() => 1)
  await new Promise(resolve => setImmediate(resolve))
  process.removeAllListeners('unhandledRejection')
  for (const listener of others) process.on('unhandledRejection', listener)
  expect(onUnhandled).toHaveBeenCalledOnce()
})
