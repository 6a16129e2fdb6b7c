import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runs } from '../../../test/tier.ts'
import { chance } from './fleet.fixture.ts'
import { Circuit, type CircuitOptions, resolvePolicy } from './index.ts'
import { MemoryStore } from './shared/index.ts'
import { FaultyStore, type StoreFault, VirtualClock } from './testing/index.ts'

const { storeWaitMs } = resolvePolicy({})

const overrides = ['forceOpen', 'forceClosed', 'observeOnly', 'release'] as const

type Step =
  | { readonly requests: 'read' | 'write' | 'add'; readonly fault: StoreFault }
  | { readonly works: boolean }
  | { readonly calls: number; readonly kind: Kind; readonly everyMs: number; readonly takeMs: number }
  | { readonly silenceMs: number; readonly frozen: boolean }
  | { readonly override: (typeof overrides)[number] }

/** Calls by `run`, one inside of another, by a permit, and by one that is settled in another environment. */
type Kind = 'run' | 'nested' | 'acquire' | 'resume'

const takeMs = fc.constantFrom(1, 20, 700)
// Most of them such that one answer comes in time, and two do not.
const latencyMs = fc.constantFrom(0, 60, 90, 130, 200, 240, 600)
const fault: fc.Arbitrary<StoreFault> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ latencyMs }) },
  { weight: 1, arbitrary: fc.constant({ hang: true }) },
  { weight: 1, arbitrary: fc.record({ latencyMs, error: fc.constant('throttled') }) },
  { weight: 1, arbitrary: fc.record({ latencyMs, lostAnswer: fc.constant(true) }) },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ requests: fc.constantFrom('read', 'write', 'add'), fault }) },
  { weight: 2, arbitrary: fc.record({ works: fc.constantFrom(false, false, true) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      calls: fc.constantFrom(1, 1, 3, 20),
      kind: fc.constantFrom('run', 'nested', 'acquire', 'resume'),
      everyMs: fc.constantFrom(0, 1, 30, 400),
      takeMs,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ silenceMs: fc.constantFrom(1_500, 5_500, 40_000), frozen: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ override: fc.constantFrom(...overrides) }) },
)

/** Environments that share a circuit through a table whose reads, writes and additions each have a fault of their own. */
class Calls {
  /** How long each waited for the table, and how many times `storeWaitMs` it may. */
  readonly waits: { readonly ms: number; readonly atMost: number }[] = []
  begun = 0
  ended = 0
  readonly #clock = new VirtualClock()
  readonly #faulty: Readonly<Record<'read' | 'write' | 'add', FaultyStore>>
  readonly #circuits: readonly Circuit[]
  #works = true
  /** A report, and where the call may be made again a read and a permit for that. */
  readonly #afterwards: number

  constructor(size: number, options: CircuitOptions) {
    this.#afterwards = options.retry ? 3 : 1
    const read = new FaultyStore(new MemoryStore(), this.#clock)
    const add = new FaultyStore(read, this.#clock)
    const write = new FaultyStore(add, this.#clock)
    this.#faulty = { read, add, write }
    const random = chance()
    this.#circuits = Array.from({ length: size }, (_, index) => {
      const clock = { ...this.#clock }
      return new Circuit('payments', {
        store: write,
        clock,
        random,
        environment: `env-${index}`,
        ...options,
      } as CircuitOptions)
    })
  }

  async take(step: Step): Promise<void> {
    const clock = this.#clock
    if ('fault' in step) {
      const operations = step.requests === 'write' ? (['write', 'control'] as const) : [step.requests]
      this.#faulty[step.requests].fail({ ...step.fault, operations })
    } else if ('works' in step) this.#works = step.works
    else if ('calls' in step) {
      for (let call = 0; call < step.calls; call++) {
        this.#call(step.kind, call, step.takeMs)
        await clock.advance(step.everyMs)
      }
    } else if ('override' in step) {
      const act = { by: 'ana', reason: 'a test', forMs: 2_000 }
      this.#circuits[0]![step.override](act).catch(() => {})
    } else {
      // Calls end before an environment is frozen.
      await clock.advance(10_000)
      if (step.frozen) clock.freeze(step.silenceMs)
      else await clock.advance(step.silenceMs)
    }
  }

  /** Until all calls have ended. */
  end(): Promise<void> {
    return this.#clock.advance(20_000)
  }

  /** Measures the waits before, between and after what `run` is given, one after the other. */
  #measure(run: (work: () => Promise<void>) => Promise<unknown>, work: () => Promise<unknown>): void {
    const clock = this.#clock
    this.begun++
    let from = clock.now()
    let worked = 0
    const wait = (atMost: number) => this.waits.push({ ms: clock.now() - from, atMost })
    const measured = async () => {
      wait(worked++ === 0 ? 2 : this.#afterwards)
      const works = this.#works
      await work()
      from = clock.now()
      if (!works) throw new Error('down')
    }
    const ended = () => {
      this.ended++
      wait(worked === 0 ? 2 : this.#afterwards)
    }
    void run(measured).then(ended, ended)
  }

  #call(kind: Kind, place: number, takeMs: number): unknown {
    const circuit = this.#circuits[place % this.#circuits.length]!
    const other = this.#circuits[(place + 1) % this.#circuits.length]!
    const take = () => new Promise<void>(resolve => this.#clock.setTimeout(resolve, takeMs))
    if (kind === 'run') return this.#measure(work => circuit.run(work, { idempotent: true }), take)
    if (kind === 'nested') {
      const nested = async () => {
        this.#measure(work => circuit.run(work), take)
        await take()
      }
      return this.#measure(work => circuit.run(work, { idempotent: true }), nested)
    }
    const byPermit = async (work: () => Promise<void>) => {
      const permit = await circuit.acquire({ detached: kind === 'resume', timeoutMs: 5_000 })
      const settled = kind === 'resume' ? other.resume(permit.token) : permit
      await work().then(
        () => settled.succeed(),
        () => settled.fail(),
      )
    }
    return this.#measure(byPermit, take)
  }
}

const thrice: CircuitOptions['retry'] = () => ({
  idempotent: false,
  again: async ({ attempt }) => attempt < 3,
})

it('a call waits for the table at most storeWaitMs at each point: a read, a permit, and a report', async () => {
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }),
    fc.integer({ min: 1, max: 3 }),
    fc.boolean(),
    async (steps, size, retries) => {
      const calls = new Calls(size, {
        recoveryMs: 2_000,
        ...(retries && { retry: thrice }),
      } as CircuitOptions)
      for (const step of steps) await calls.take(step)
      await calls.end()
      expect(calls.ended).toBe(calls.begun)
      expect(calls.waits.filter(({ ms, atMost }) => ms > atMost * storeWaitMs)).toEqual([])
    },
  )
  await fc.assert(property, { numRuns: runs(400, 10_000) })
})
