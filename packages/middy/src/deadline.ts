/** What is read of a Lambda context. */
export interface TimedContext {
  readonly getRemainingTimeInMillis?: (() => number) | undefined
}

/**
 * By when the handler must be over, in epoch ms; undefined where nobody ends it. The margin is what it takes to
 * write an outcome before the platform freezes or kills the environment. Of a short time it takes half at most:
 * a margin must not turn every call into a hang.
 */
export function deadlineOf(
  context: TimedContext | undefined,
  marginMs: number,
  now: number,
): number | undefined {
  // Durable executions have it elsewhere, and rightly: one that is suspended never comes back, which is no hang.
  const left = context?.getRemainingTimeInMillis?.()
  // Nothing left is what stubbed contexts say; the platform would not have begun the invocation.
  if (left === undefined || !(left > 0 && left < Infinity)) return undefined
  return now + left - Math.min(marginMs, left / 2)
}
