import type { Circuit, RunOptions } from '@breakwater/circuit'
import {
  aFunction,
  type Checks,
  checkOptions,
  checkValue,
  epochMs,
  milliseconds,
  trueOrFalse,
} from '@breakwater/circuit/shared'
import { circuitOrCircuits } from './circuits.ts'

/** Any function that is called as `fetch` is: the global one, undici's, node-fetch, a fetch that is guarded already. */
export type AnyFetch = (input: never, init?: never) => Promise<unknown>

/** One circuit for all calls, or circuits by key. */
export type FetchCircuits = Pick<Circuit, 'run'> | { for(key: string): Pick<Circuit, 'run'> }

/** A call that is about to be made. */
export interface FetchCall {
  readonly url: URL
  /** In capitals. */
  readonly method: string
}

/** Options of {@link guardFetch}. */
export interface GuardFetchOptions<F extends AnyFetch = typeof globalThis.fetch> {
  /** The function that makes the calls. @default the global fetch at the time the guard is made */
  readonly fetch?: F
  /** Finds the key of the circuit; a call for which it returns `undefined` is not guarded. @default the origin: `https://api.example.com` */
  readonly key?: (call: FetchCall) => string | undefined
}

/** Options of one guarded call, as `init.breakwater`. `R` is the response of the fetch that is guarded. */
export interface FetchCallOptions<R = Response> {
  /** How long each attempt may wait for the headers, in ms. @default the circuit's `timeoutMs` */
  readonly timeoutMs?: number
  /** When the headers must be there, epoch ms. The earlier of the two bounds applies. @default none */
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

/** Checks the arguments of {@link guardFetch}. */
export function checkFetchOptions(circuits: FetchCircuits, options: GuardFetchOptions<AnyFetch>): void {
  checkValue('guardFetch', 'circuits', circuits, circuitOrCircuits)
  checkOptions('guardFetch', options, { fetch: aFunction, key: aFunction })
}

const callChecks: Checks<FetchCallOptions> = {
  timeoutMs: milliseconds,
  deadline: epochMs,
  fallback: aFunction,
  idempotent: trueOrFalse,
}

/** Checks the options of one call. */
export function checkCallOptions(options: FetchCallOptions<unknown>): void {
  checkOptions('guardFetch', options, callChecks, 'breakwater.')
}
