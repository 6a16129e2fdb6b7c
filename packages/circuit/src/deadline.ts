/** Where the deadline (epoch ms) of the present work is kept; an `AsyncLocalStorage<number>` is one. */
export interface DeadlineStorage {
  getStore(): number | undefined
  run<A extends unknown[], T>(deadline: number, work: (...given: A) => T, ...given: A): T
}

const key = Symbol.for('breakwater.deadlines')
const scope = globalThis as { [key]?: { storage?: DeadlineStorage } }

/**
 * One place for the whole process, shared by every copy of this package. Empty until deadlines are used, so that
 * a program without deadlines pays nothing. `withDeadline` of `@breakwater/guards` fills it.
 *
 * @example
 * deadlines.storage ??= new AsyncLocalStorage<number>()
 * deadlines.storage.run(Date.now() + 2_000, () => users.run(call))
 */
export const deadlines: { storage?: DeadlineStorage } = scope[key] ?? {}
scope[key] = deadlines

/** What is read of a Lambda context. */
export interface TimedContext {
  readonly getRemainingTimeInMillis?: (() => number) | undefined
}

/**
 * By when the handler must be over, in epoch ms; undefined where it has no end. The margin is what it takes to
 * write an outcome before the platform freezes or kills the environment. Of a short time it takes half at most:
 * a margin must not turn every call into a hang.
 *
 * @param marginMs how long before the platform's own limit, in ms.
 * @param now epoch ms.
 * @example
 * const deadline = deadlineOf(context, 500, Date.now())
 */
export function deadlineOf(
  context: TimedContext | undefined,
  marginMs: number,
  now: number,
): number | undefined {
  // Durable executions have another handler shape: a suspended one does not return, which is no hang.
  const left = context?.getRemainingTimeInMillis?.()
  // Nothing left is what stubbed contexts say; the platform would not have begun the invocation.
  if (left === undefined || !(left > 0 && left < Infinity)) return undefined
  return now + left - Math.min(marginMs, left / 2)
}
