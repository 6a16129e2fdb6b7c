import { AsyncLocalStorage } from 'node:async_hooks'
import {
  aFunction,
  checkOptions,
  checkValue,
  type DeadlineStorage,
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
 * A handler that streams its response can be wrapped before or after `awslambda.streamifyResponse`.
 *
 * @param handler any handler that takes `(event, context)` or `(event, responseStream, context)`, one of Middy's included.
 * @returns a handler of the same type, with the name, the number of parameters and the marks of the given one; methods
 * of that, such as Middy's `use`, are called before it is wrapped.
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * export const handler = withDeadline(async (event: Order) => payments.run((signal) => charge(event, { signal })))
 */
export function withDeadline<
  A extends readonly [
    event: unknown,
    contextOrStream?: TimedContext | ResponseStream | undefined,
    ...unknown[],
  ],
  R,
>(handler: (...args: A) => R, options: DeadlineOptions = {}): (...args: A) => R {
  checkValue('withDeadline', 'handler', handler, required(aFunction))
  const { marginMs = 500 } = checkOptions('withDeadline', options, { marginMs: milliseconds })
  function bounded(this: unknown, ...args: A): R {
    const [, second, third] = args as readonly unknown[]
    const now = Date.now()
    const deadline =
      deadlineOf(contextOf(second), marginMs, now) ?? deadlineOf(contextOf(third), marginMs, now)
    return deadline === undefined
      ? Reflect.apply(handler, this, args)
      : runWithDeadline(deadline, () => Reflect.apply(handler, this, args))
  }
  return resembling(handler, bounded)
}

/** A stream to which a handler writes its response: `awslambda.HttpResponseStream` is one. */
export interface ResponseStream {
  write(chunk: never): unknown
  end(): unknown
}

/** Which argument is the context is seen by what it has: the mark of a streaming handler may be added after the wrapping. */
function contextOf(argument: unknown): TimedContext | undefined {
  const context = argument as TimedContext | null | undefined
  return typeof context?.getRemainingTimeInMillis === 'function' ? context : undefined
}

/**
 * Gives a wrapper what the runtime reads of a handler: name and length, the marks by which it knows a streaming handler
 * (symbols), and the prototype, by which it knows an async function. Methods are left out: they would return the
 * handler without its wrapper.
 */
function resembling<F extends (...args: never) => unknown>(handler: F, wrapper: F): F {
  Object.setPrototypeOf(wrapper, Object.getPrototypeOf(handler))
  for (const key of Reflect.ownKeys(handler)) {
    const property = Object.getOwnPropertyDescriptor(handler, key)
    if (property && key !== 'prototype' && typeof property.value !== 'function')
      Reflect.defineProperty(wrapper, key, property)
  }
  return wrapper
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
  const storage = keepDeadlines()
  return storage.run(Math.min(deadline, storage.getStore() ?? Infinity), work)
}

/** Has every call with a time limit, from now on, keep its deadline where {@link currentDeadline} finds it. */
export function keepDeadlines(): DeadlineStorage {
  deadlines.storage ??= new AsyncLocalStorage<number>()
  return deadlines.storage
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
