import { type Circuit, type Clock, type RunOptions, systemClock } from '@breakwater/circuit'
import {
  aFunction,
  type Checks,
  checkOptions,
  checkValue,
  epochMs,
  invalid,
  milliseconds,
  objectWith,
  oneOf,
  trueOrFalse,
} from '@breakwater/circuit/shared'
import { circuitOrCircuits } from './circuits.ts'

/** Any function that is called as `fetch` is: the global one, undici's, node-fetch, a fetch that is guarded already. */
export type AnyFetch = (input: never, init?: never) => Promise<unknown>

/** One circuit for all calls, or circuits by key. */
export type FetchCircuits = FetchCircuit | { for(key: string): FetchCircuit }

/** The part of a circuit that {@link guardFetch} uses. */
export type FetchCircuit = Pick<Circuit, 'run' | 'judge' | 'name'>

/** A call that is about to be made. */
export interface FetchCall {
  readonly url: URL
  /** In capitals. */
  readonly method: string
}

/** Up to where a call is limited and judged: options of a guarded fetch, and of each of its calls. */
export interface FetchLimits {
  /**
   * Up to where the time limit holds, and at which point a call is counted: `headers`, when they are there; `body`, when
   * that is over. Once its headers are there a response is neither replaced nor asked for again.
   *
   * - `slowCallMs` counts the body in. A probe without a time limit must be over within 0.9 of the circuit's `probeLeaseMs`.
   * - Up to 16 KiB of a body are read before they are asked for, so that a small one is over although it is left unread.
   * - The response is one of the same class, with the same `url`, `headers` and so on, over the watched body. Of what
   *   cannot be made like that the headers decide.
   *
   * @default 'headers'
   */
  readonly limit?: 'headers' | 'body'
  /**
   * How long the dependency may be silent, in ms: before the headers, and between two pieces of the body that the caller
   * waits for. For streams that may take long. Only with `limit: 'body'`.
   * @default the time limit alone applies
   */
  readonly stallMs?: number
}

/** Options of {@link guardFetch}. */
export interface GuardFetchOptions<F extends AnyFetch = typeof globalThis.fetch> extends FetchLimits {
  /** The function that makes the calls. @default the global fetch at the time the guard is made */
  readonly fetch?: F
  /** Finds the key of the circuit; a call for which it returns `undefined` is not guarded. @default the origin: `https://api.example.com` */
  readonly key?: (call: FetchCall) => string | undefined
  /** The clock of the circuits, in tests. @default the machine's */
  readonly clock?: Clock
}

/** Options of one guarded call, as `init.breakwater`. `R` is the response of the fetch that is guarded. */
export interface FetchCallOptions<R = Response> extends FetchLimits {
  /** How long each attempt may wait for the headers, in ms; for all of the body, too, with `limit: 'body'`. @default the circuit's `timeoutMs` */
  readonly timeoutMs?: number
  /** When the headers, or the body, must be there, epoch ms. The earlier of the two bounds applies. @default none */
  readonly deadline?: number
  /**
   * Answers when the call is rejected, fails or times out, and for a response that is judged a failure. That response
   * is passed as the `error`; the fallback may return it. Otherwise the unread rest of its body is cancelled.
   * @default the error is thrown, the response returned
   */
  readonly fallback?: NonNullable<RunOptions<R>['fallback']>
  /**
   * Whether making the call twice does no harm. A body that can be sent only once is never sent again.
   * @default true for GET, HEAD, OPTIONS, TRACE, PUT and DELETE, and for calls with an `Idempotency-Key`
   */
  readonly idempotent?: boolean
}

/** A fetch with a circuit around it; its `init` may hold options for the circuit, too. */
export type GuardedFetch<F extends AnyFetch = typeof globalThis.fetch> = F &
  ((
    input: Parameters<F>[0],
    init?: Parameters<F>[1] & { readonly breakwater?: FetchCallOptions<Awaited<ReturnType<F>>> },
  ) => ReturnType<F>)

const limitChecks: Checks<FetchLimits> = { limit: oneOf('headers', 'body'), stallMs: milliseconds }

/** Checks the arguments of {@link guardFetch}. */
export function checkFetchOptions(circuits: FetchCircuits, options: GuardFetchOptions<AnyFetch>): void {
  checkValue('guardFetch', 'circuits', circuits, circuitOrCircuits)
  checkOptions('guardFetch', options, {
    fetch: aFunction,
    key: aFunction,
    ...limitChecks,
    clock: objectWith('a Clock', 'now', 'setTimeout', 'clearTimeout'),
  })
  checkStall('', options.stallMs, options.limit)
}

const callChecks: Checks<FetchCallOptions> = {
  timeoutMs: milliseconds,
  deadline: epochMs,
  fallback: aFunction,
  idempotent: trueOrFalse,
  ...limitChecks,
}

/** Checks the options of one call, and adds those of the guard. */
export function resolveCallOptions(
  own: FetchCallOptions<unknown>,
  { limit = 'headers', stallMs, clock = systemClock }: GuardFetchOptions<AnyFetch>,
) {
  checkOptions('guardFetch', own, callChecks, 'breakwater.')
  const resolved = { ...own, limit: own.limit ?? limit, stallMs: own.stallMs ?? stallMs, clock }
  checkStall('breakwater.', own.stallMs, resolved.limit)
  return resolved
}

function checkStall(path: string, stallMs: number | undefined, limit: FetchLimits['limit']): void {
  if (stallMs !== undefined && limit !== 'body')
    throw invalid(`guardFetch: ${path}stallMs`, stallMs, "nothing without limit: 'body'")
}
