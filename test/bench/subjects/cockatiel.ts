import {
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  fallback,
  handleAll,
  isBrokenCircuitError,
  retry,
  SamplingBreaker,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel'
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

function consecutive(): CircuitBreakerPolicy {
  return circuitBreaker(handleAll, { halfOpenAfter: dayMs, breaker: new ConsecutiveBreaker(5) })
}

/** Its state is this environment's alone. */
function observed(): CircuitBreakerPolicy {
  const breaker = consecutive()
  for (const event of [breaker.onSuccess, breaker.onFailure, breaker.onStateChange]) event(() => {})
  return breaker
}

function sampling(options = { threshold: 0.5, duration: 10_000 }): CircuitBreakerPolicy {
  return circuitBreaker(handleAll, { halfOpenAfter: dayMs, breaker: new SamplingBreaker(options) })
}

/** Ends the wait at its limit whether or not the call listens, as Breakwater does. */
const limit = () => timeout(timeLimitMs, TimeoutStrategy.Aggressive)
const again = () => retry(handleAll, { maxAttempts: 3 })

function closed(name: string, policy: { execute(call: () => Promise<number>): Promise<unknown> }): Subject {
  return { bare, answer: 42, calls: { [name]: () => policy.execute(work) } }
}

async function opened(): Promise<CircuitBreakerPolicy> {
  const breaker = consecutive()
  await failing(() => breaker.execute(fail))
  return breaker
}

/** Low enough for nothing but failures, which no sample here is. */
const tolerant = { threshold: 0.999, duration: windowMs }

async function filled(samples: number): Promise<CircuitBreakerPolicy> {
  const breaker = sampling(tolerant)
  await fill(
    samples,
    () => breaker.execute(work),
    () => breaker.execute(fail),
  )
  return breaker
}

export const subjects: Subjects = {
  closed: () => closed('closed', sampling()),
  'closed-consecutive': () => closed('closed-consecutive', consecutive()),
  'closed-listener': () => {
    const breaker = consecutive()
    breaker.onSuccess(() => {})
    return closed('closed-listener', breaker)
  },
  'closed-timeout': () => closed('closed-timeout', wrap(consecutive(), limit())),
  deployed: () => closed('deployed', observed()),
  'deployed-timeout': () => closed('deployed-timeout', wrap(observed(), limit())),
  retry: () => closed('retry', wrap(again(), consecutive(), limit())),
  'retry-fallback': () =>
    closed(
      'retry-fallback',
      wrap(
        fallback(handleAll, () => 7),
        again(),
        consecutive(),
        limit(),
      ),
    ),
  'open-fallback': async () => {
    const policy = wrap(
      fallback(handleAll, () => 7),
      await opened(),
    )
    return { bare, answer: 7, calls: { 'open-fallback': () => policy.execute(work) } }
  },
  'open-throws': async () => {
    const breaker = await opened()
    return {
      bare,
      rejects: true,
      answer: isBrokenCircuitError,
      calls: { 'open-throws': () => breaker.execute(work) },
    }
  },
  failing: async () => {
    const [some, many] = [await filled(10_000), await filled(100_000)]
    let none = await filled(1)
    return {
      bare: () => fail(),
      bareRejects: true,
      rejects: true,
      answer: failure,
      before: async () => {
        none = await filled(1)
      },
      calls: {
        'failing-0': () => none.execute(fail),
        'failing-10000': () => some.execute(fail),
        'failing-100000': () => many.execute(fail),
      },
    }
  },
  chain: () => {
    const { bare: plain, handle, around } = deployedChain()
    const breaker = observed()
    const guarded = around(() => breaker.execute(handle))
    return { bare: plain, answer, calls: { chain: () => guarded(event, context) } }
  },
}
