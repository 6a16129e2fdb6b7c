import CircuitBreaker from 'opossum'
import { answer, context, deployedChain, event } from '../chain.ts'
import {
  dayMs,
  fail,
  failing,
  failure,
  fill,
  type Subject,
  type Subjects,
  timeLimitMs,
  windowMs,
  work,
} from '../subject.ts'

const bare = () => work()

/** Without a timer for each call, which is a case of its own. */
const plain = { timeout: false } as const

function closed(name: string, breaker: CircuitBreaker<number>): Subject {
  return { bare, answer: 42, calls: { [name]: () => breaker.fire() } }
}

/** Its state is this environment's alone. */
function observed<T>(breaker: CircuitBreaker<T>): CircuitBreaker<T> {
  for (const event of ['success', 'failure', 'timeout', 'reject', 'open', 'halfOpen', 'close'] as const)
    breaker.on(event, () => {})
  return breaker
}

async function opened(): Promise<CircuitBreaker<number>> {
  const breaker = new CircuitBreaker<number>(fail, { ...plain, resetTimeout: dayMs })
  await failing(() => breaker.fire())
  if (!breaker.opened) throw new Error('not opened')
  return breaker
}

/** Never opens: no share is above 100 %. A breaker of opossum has one action, so that this one gets the call as an argument. */
class Tolerant {
  #fails = false
  readonly #breaker = new CircuitBreaker(() => (this.#fails ? fail() : work()), {
    ...plain,
    errorThresholdPercentage: 100,
    rollingCountTimeout: windowMs,
  })

  readonly fire = () => this.#breaker.fire()

  async fill(samples: number): Promise<this> {
    const as = (fails: boolean) => () => {
      this.#fails = fails
      return this.#breaker.fire()
    }
    await fill(samples, as(false), as(true))
    this.#fails = true
    return this
  }

  close(): void {
    this.#breaker.shutdown()
  }
}

export const subjects: Subjects = {
  closed: () => closed('closed', new CircuitBreaker(work, plain)),
  'closed-listener': () =>
    closed(
      'closed-listener',
      new CircuitBreaker(work, plain).on('success', () => {}),
    ),
  'closed-timeout': () => closed('closed-timeout', new CircuitBreaker(work, { timeout: timeLimitMs })),
  deployed: () => closed('deployed', observed(new CircuitBreaker(work, plain))),
  'deployed-timeout': () =>
    closed('deployed-timeout', observed(new CircuitBreaker(work, { timeout: timeLimitMs }))),
  'open-fallback': async () => {
    const breaker = (await opened()).fallback(() => 7)
    return { bare, answer: 7, calls: { 'open-fallback': () => breaker.fire() } }
  },
  'open-throws': async () => {
    const breaker = await opened()
    const answer = (error: unknown) => (error as { code?: unknown }).code === 'EOPENBREAKER'
    return { bare, rejects: true, answer, calls: { 'open-throws': () => breaker.fire() } }
  },
  failing: async () => {
    const [some, many] = [await new Tolerant().fill(10_000), await new Tolerant().fill(100_000)]
    let none = await new Tolerant().fill(1)
    return {
      bare: () => fail(),
      bareRejects: true,
      rejects: true,
      answer: failure,
      before: async () => {
        none.close()
        none = await new Tolerant().fill(1)
      },
      calls: {
        'failing-0': () => none.fire(),
        'failing-10000': () => some.fire(),
        'failing-100000': () => many.fire(),
      },
    }
  },
  chain: () => {
    const { bare: plainChain, handle, around } = deployedChain()
    const breaker = observed(new CircuitBreaker(handle, plain))
    const guarded = around(() => breaker.fire())
    return { bare: plainChain, answer, calls: { chain: () => guarded(event, context) } }
  },
}
