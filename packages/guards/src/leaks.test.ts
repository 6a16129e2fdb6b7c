import { getEventListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Circuit, Circuits, type Clock } from '@breakwater/circuit'
import { MemoryStore } from '@breakwater/circuit/shared'
import { settle } from '@breakwater/circuit/testing'
import { bulkhead, handleWhen, retry, TimeoutStrategy, timeout, wrap } from 'cockatiel'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/tier.ts'
import { asPolicy, fromPolicy } from './policy.ts'
import { isWorthRetrying } from './policy-errors.ts'
import { retry as retryPolicy } from './retry.ts'

type Call = (index: number) => Promise<unknown>
/** `signal`: of one caller, which lives as long as the process, as a server's does. */
type Make = (signal: AbortSignal) => Call | Promise<Call>

const works = async () => 'answer'
const readsSignal = async (signal: AbortSignal) => `aborted: ${signal.aborted}`
const fails = () => Promise.reject('connection reset')
const hangs = () => new Promise<never>(() => {})
const stops = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

const minuteMs = 60_000
const neverOpens = { minimumCalls: 2_147_483_647 }

/** A clock whose timers fire at once, unless they are cleared first. */
const hasty: Clock = {
  now: Date.now,
  setTimeout(callback) {
    const timer = { cleared: false }
    queueMicrotask(() => timer.cleared || callback())
    return timer
  },
  clearTimeout: timer => Object.assign(timer as object, { cleared: true }),
}

async function openCircuit(): Promise<Circuit> {
  const circuit = new Circuit('payments', { consecutiveFailures: 1, openMs: 5 * minuteMs })
  await circuit.run(fails).catch(() => {})
  return circuit
}

/** Every kind of call, its end, and the number of calls: fewer where a call takes long. */
const kinds: [kind: string, ends: string, calls: number, make: Make][] = [
  [
    'closed calls',
    'answer',
    100_000,
    () => {
      const circuit = new Circuit('payments')
      return () => circuit.run(works)
    },
  ],
  [
    "calls with a time limit and the same caller's signal",
    'answer',
    100_000,
    signal => {
      const circuit = new Circuit('payments', { timeoutMs: minuteMs })
      return () => circuit.run(works, { signal })
    },
  ],
  [
    'calls with a signal of their own',
    'aborted: false',
    50_000,
    signal => {
      const circuit = new Circuit('payments', { timeoutMs: minuteMs })
      return () => circuit.run(readsSignal, { signal })
    },
  ],
  [
    'rejected calls',
    'CircuitOpenError',
    100_000,
    async signal => {
      const circuit = await openCircuit()
      return () => circuit.run(works, { signal, timeoutMs: minuteMs })
    },
  ],
  [
    'calls that a fallback answers',
    'fallback',
    50_000,
    async signal => {
      const circuit = await openCircuit()
      return () => circuit.run(works, { signal, fallback: () => 'fallback' })
    },
  ],
  [
    'failing calls',
    'connection reset',
    50_000,
    () => {
      const circuit = new Circuit('payments', neverOpens)
      return () => circuit.run(fails, { timeoutMs: minuteMs })
    },
  ],
  [
    'calls that hang and time out',
    'CallTimeoutError',
    50_000,
    signal => {
      const circuit = new Circuit('payments', { ...neverOpens, clock: hasty })
      return () => circuit.run(hangs, { signal, timeoutMs: minuteMs })
    },
  ],
  [
    'calls that their callers abort',
    'AbortError',
    20_000,
    () => {
      const circuit = new Circuit('payments')
      return () => {
        const caller = new AbortController()
        const running = circuit.run(stops, { signal: caller.signal, timeoutMs: minuteMs })
        caller.abort()
        return running
      }
    },
  ],
  [
    'calls that are made again',
    'connection reset',
    50_000,
    signal => {
      const again = retryPolicy({ attempts: 2, baseMs: 1, budgetRate: 1, idempotent: true })
      const circuit = new Circuit('payments', { ...neverOpens, clock: hasty, retry: again })
      return () => circuit.run(fails, { signal })
    },
  ],
  [
    'calls of a shared circuit',
    'answer',
    50_000,
    signal => {
      const circuit = new Circuit('payments', { store: new MemoryStore(), timeoutMs: minuteMs })
      return () => circuit.run(works, { signal })
    },
  ],
  [
    'permits',
    'success',
    50_000,
    () => {
      const circuit = new Circuit('payments')
      return async () =>
        (await circuit.acquire({ timeoutMs: minuteMs })).settle({ ok: true, value: 'answer' })
    },
  ],
  [
    'calls through Circuits with 10,000 keys, of which 1,000 are kept',
    'answer',
    100_000,
    signal => {
      const circuits = new Circuits({ prefix: 'tenant', maxCircuits: 1_000, timeoutMs: minuteMs })
      return index => circuits.for(`${index - (index % 10)}`).run(works, { signal })
    },
  ],
  [
    'calls of asPolicy',
    'answer',
    100_000,
    signal => {
      const policy = asPolicy(new Circuit('payments'), { timeoutMs: minuteMs })
      policy.onSuccess(() => {})
      return () => policy.execute(works, signal)
    },
  ],
  [
    'calls of asPolicy between policies of cockatiel',
    'answer',
    20_000,
    signal => {
      const again = retry(handleWhen(isWorthRetrying), { maxAttempts: 3 })
      const bounded = timeout(minuteMs, TimeoutStrategy.Aggressive)
      const policy = wrap(again, bulkhead(1), asPolicy(new Circuit('payments')), bounded)
      return () => policy.execute(works, signal)
    },
  ],
  [
    'calls of fromPolicy',
    'aborted: false',
    50_000,
    signal => {
      const circuit = new Circuit('payments', { timeoutMs: minuteMs })
      const call = fromPolicy(bulkhead(1))(readsSignal)
      return () => circuit.run(call, { signal })
    },
  ],
]

function endOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: Error | string) => (typeof error === 'string' ? error : error.name))
}

/** How much memory is in use after that many calls, and after five times as many: what the calls left behind, in bytes. */
async function growth(calls: number, call: Call): Promise<number> {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const inUse = async () => {
    // Unreferenced signals take two turns to be collected: finalizers run in between.
    for (let turn = 0; turn < 3; turn++) {
      gc()
      await settle()
    }
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  let index = 0
  const reach = async (count: number) => {
    while (index < count) {
      await endOf(call(index++))
      // Yields, so that the runner's own time limit can end the test.
      if (index % 1_000 === 0) await settle()
    }
  }
  await reach(calls / 5)
  const before = await inUse()
  await reach(calls)
  return (await inUse()) - before
}

it.each(kinds)(
  '%s leave no listener, no timer or other handle, and no memory in use',
  async (_, ends, calls, make) => {
    const { signal } = new AbortController()
    const { length: before } = process.getActiveResourcesInfo()
    // A new circuit for each call: what a circuit leaves behind shows as well as what a call does.
    for (let index = 0; index < 500; index++) expect(await endOf((await make(signal))(index))).toBe(ends)
    expect(getEventListeners(signal, 'abort')).toEqual([])
    // The test runner has a few of its own, now more, now less.
    expect(process.getActiveResourcesInfo().length - before).toBeLessThan(50)
    expect(await growth(runs(calls, 4 * calls), await make(signal))).toBeLessThan(1_000_000)
  },
  minuteMs,
)

describe('what is measured', () => {
  it('shows an empty object that each call leaves', async () => {
    const left: object[] = []
    expect(await growth(100_000, async () => left.push({}))).toBeGreaterThan(1_000_000)
    expect(left).toHaveLength(100_000)
  })

  it('shows a timer that each call leaves', () => {
    const { length: before } = process.getActiveResourcesInfo()
    const timers = Array.from({ length: 500 }, () => setTimeout(() => {}, minuteMs))
    expect(process.getActiveResourcesInfo().length - before).toBeGreaterThan(450)
    for (const timer of timers) clearTimeout(timer)
  })
})
