import type { Circuit, Clock, FallbackContext, Settled, Verdict } from '@breakwater/circuit'
import {
  aFunction,
  type Checks,
  checkOptions,
  numberBetween,
  objectWith,
  required,
} from '@breakwater/circuit/shared'

/** The part of a circuit that the middleware uses. */
export type GuardingCircuit = Pick<Circuit, 'acquire' | 'judge'>

/** What Lambda tells of an invocation, as far as its handlers commonly use it; `Context` of @types/aws-lambda is one. */
export interface LambdaContext {
  readonly awsRequestId: string
  readonly functionName: string
  readonly functionVersion: string
  readonly invokedFunctionArn: string
  readonly memoryLimitInMB: string
  readonly logGroupName: string
  readonly logStreamName: string
  /** The tenant, of a function with tenant isolation. */
  readonly tenantId?: string | undefined
  /** How long the invocation may still take, in ms. */
  getRemainingTimeInMillis(): number
}

/**
 * One invocation as Middy passes it along: `Request` of @middy/core is one. Written down here, so that a project needs
 * neither the types of Middy, which has none for CommonJS, nor those of aws-lambda.
 */
export interface MiddyRequest<TEvent = unknown, TResult = unknown> {
  event: TEvent
  context: LambdaContext
  response: TResult | null | undefined
  earlyResponse?: TResult | null | undefined
  error: Error | null | undefined
  internal: Record<string, unknown>
}

/** A middleware for `.use()` of Middy 6 and 7, whatever the handler answers. */
export interface MiddyMiddleware<TEvent = unknown> {
  // biome-ignore-start lint/suspicious/noExplicitAny: as Middy itself has it, so that it fits into any chain
  readonly before: (request: MiddyRequest<TEvent, any>) => Promise<void>
  readonly after: (request: MiddyRequest<TEvent, any>) => Promise<void>
  readonly onError: (request: MiddyRequest<TEvent, any>) => Promise<void>
  // biome-ignore-end lint/suspicious/noExplicitAny: see above
}

/** Options of {@link circuitBreaker}. */
export interface CircuitBreakerOptions<TEvent = unknown, TResult = unknown> {
  /** The circuit, or a function that finds it for an event: `(event) => tenants.for(event.tenant)`. */
  readonly circuit: GuardingCircuit | ((event: TEvent, context: LambdaContext) => GuardingCircuit)
  /**
   * Answers in place of the handler when the circuit rejects, or another one that the handler calls, and when the handler
   * failed (its result judged a failure included). `undefined` is an answer too, which leaves the function as null. Errors
   * that are no failure of the dependency are thrown as they are.
   * @default an open circuit answers 503 in the shape that the source of the event reads, returns SQS batches as failed, and throws otherwise
   */
  readonly fallback?: (
    request: MiddyRequest<TEvent>,
    error: unknown,
    context: FallbackContext,
  ) => TResult | PromiseLike<TResult>
  /**
   * Judges how the handler ended; `undefined` leaves it to the default.
   * @default a result with a `statusCode` of 408, 425, 429, from 500 on or that is none of HTTP, and a batch in which every record failed, is a failure; the circuit's own `classify` judges the rest
   */
  readonly classify?: (settled: Settled, request: MiddyRequest<TEvent>) => Verdict | undefined
  /**
   * How long before the platform's deadline the handler must be over, in ms; a hang is recorded then. At most half of
   * the time that is left.
   * @default 500
   */
  readonly marginMs?: number
  /** The clock of the circuit, in tests. @default the machine's */
  readonly clock?: Clock
}

/** What is given, or what the function that is given returns. */
export const aCircuit = /* @__PURE__ */ required(
  objectWith('a Circuit or a function that returns one', 'acquire', 'judge'),
)

const checks: Checks<CircuitBreakerOptions> = {
  circuit: { ...aCircuit, good: value => typeof value === 'function' || aCircuit.good(value) },
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
