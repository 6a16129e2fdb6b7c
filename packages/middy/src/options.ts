import type { Circuit, Clock, FallbackContext, Settled, Verdict } from '@breakwater/circuit'
import { aFunction, type Checks, checkOptions, numberBetween, objectWith } from '@breakwater/circuit/shared'
import type middy from '@middy/core'

/** The part of a circuit that the middleware uses. */
export type GuardingCircuit = Pick<Circuit, 'acquire' | 'judge'>

/** Options of {@link circuitBreaker}. */
export interface CircuitBreakerOptions<TEvent = unknown, TResult = unknown> {
  /** The circuit, or a function that finds it for an event: `(event) => tenants.for(event.tenant)`. */
  readonly circuit: GuardingCircuit | ((event: TEvent, context: middy.Request['context']) => GuardingCircuit)
  /**
   * Answers in place of the handler when the circuit rejects, and when the handler failed (its result judged a
   * failure included). `undefined` is an answer too. Errors that are no failure of the dependency are thrown as they are.
   * @default an open circuit answers 503 to API events, returns SQS batches as failed, and throws otherwise
   */
  readonly fallback?: (
    request: middy.Request<TEvent>,
    error: unknown,
    context: FallbackContext,
  ) => TResult | PromiseLike<TResult>
  /**
   * Judges how the handler ended; `undefined` leaves it to the default.
   * @default a result with a `statusCode` of 429 or from 500 on, and a batch in which every record failed, is a failure; the circuit's own `classify` judges the rest
   */
  readonly classify?: (settled: Settled, request: middy.Request<TEvent>) => Verdict | undefined
  /**
   * How long before the platform's deadline the handler must be over, in ms; a hang is recorded then. At most half of
   * the time that is left.
   * @default 500
   */
  readonly marginMs?: number
  /** The clock of the circuit, in tests. @default the machine's */
  readonly clock?: Clock
}

const checks: Checks<CircuitBreakerOptions> = {
  circuit: {
    allowed: 'a Circuit or a function that returns one',
    good: value => typeof value === 'function' || typeof (value as GuardingCircuit)?.acquire === 'function',
    required: true,
  },
  fallback: aFunction,
  classify: aFunction,
  // The maximum timeout of a Lambda function.
  marginMs: numberBetween(0, 900_000),
  clock: objectWith('a Clock', 'setTimeout'),
}

/**
 * Throws a TypeError that names the option, what it got and what is allowed. {@link circuitBreaker} does the same.
 *
 * @example
 * circuitBreakerValidateOptions({ circuit: payments, marginMs: 250 })
 */
export function circuitBreakerValidateOptions(options: unknown): void {
  try {
    checkOptions('circuitBreaker', options as CircuitBreakerOptions, checks)
  } catch (error) {
    // Middy's own middlewares sign their errors like this.
    throw new TypeError((error as TypeError).message, { cause: { package: '@breakwater/middy' } })
  }
}
