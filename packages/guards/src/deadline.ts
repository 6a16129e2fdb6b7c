import { AsyncLocalStorage } from 'node:async_hooks'
import {
  aFunction,
  checkOptions,
  checkValue,
  deadlineOf,
  deadlines,
  epochMs,
  milliseconds,
  required,
  type TimedContext,
} from '@breakwater/circuit/shared'

/** Options of {@link withDeadline}. */
export interface DeadlineOptions {
  /** How long before the platform's own limit the work must be over, in ms; at most half of the time left. @default 500 */
  readonly marginMs?: number
}

/**
 * Gives a Lambda handler a deadline for everything inside of it: every guarded call ends in time for the handler
 * to answer, and a call made inside of another one never outlives that one.
 *
 * @param handler any handler that takes `(event, context)`, one of Middy's included.
 * @returns a handler of the same type.
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * export const handler = withDeadline(async (event: Order) => payments.run((signal) => charge(event, { signal })))
 */
export function withDeadline<A extends readonly [unknown, TimedContext?, ...unknown[]], R>(
  handler: (...args: A) => R,
  options: DeadlineOptions = {},
): (...args: A) => R {
  checkValue('withDeadline', 'handler', handler, required(aFunction))
  const { marginMs = 500 } = checkOptions('withDeadline', options, { marginMs: milliseconds })
  return (...args) => {
    const deadline = deadlineOf(args[1], marginMs, Date.now())
    return deadline === undefined ? handler(...args) : runWithDeadline(deadline, () => handler(...args))
  }
}

/**
 * Runs work under a deadline: all guarded calls in it, however deep, end by then. An earlier deadline stays in force.
 *
 * @param deadline epoch ms.
 * @returns what the work returns.
 * @throws TypeError for a deadline that is no time; and whatever the work throws.
 * @example
 * await runWithDeadline(Date.now() + 2_000, async () => {
 *   await users.run((signal) => fetch(url, { signal }))
 * })
 */
export function runWithDeadline<T>(deadline: number, work: () => T): T {
  checkValue('runWithDeadline', 'deadline', deadline, required(epochMs))
  checkValue('runWithDeadline', 'work', work, required(aFunction))
  deadlines.storage ??= new AsyncLocalStorage<number>()
  const outer = deadlines.storage.getStore() ?? Infinity
  return deadlines.storage.run(Math.min(deadline, outer), work)
}

/**
 * The deadline that is in force here, in epoch ms; undefined where there is none.
 *
 * @example
 * const timeoutMs = Math.min(800, (currentDeadline() ?? Infinity) - Date.now())
 */
export function currentDeadline(): number | undefined {
  return deadlines.storage?.getStore()
}
