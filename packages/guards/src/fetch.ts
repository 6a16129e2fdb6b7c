import { circuitFor } from './circuits.ts'
import { classifyFetch } from './fetch-classify.ts'
import {
  type AnyFetch,
  checkFetchOptions,
  type FetchCall,
  type FetchCircuit,
  type FetchCircuits,
  type GuardedFetch,
  type GuardFetchOptions,
  resolveCallOptions,
} from './fetch-options.ts'
import { copyInit, type Init, isRepeatable, readCall, signalOf } from './fetch-request.ts'
import { runUntilBody } from './fetch-until-body.ts'

/**
 * A `fetch` whose calls go through circuits: one for each origin, unless options say otherwise. It has the
 * parameters and the result of the fetch it guards; responses 408, 425, 429 and 5xx count as failures and are returned all the
 * same. Give the circuits {@link classifyFetch}, which knows more errors of fetch than `classify`.
 *
 * - A rejected call throws CircuitOpenError, and its body is neither read nor locked.
 * - A time limit bounds the wait for the headers, and the call is counted by them. With `limit: 'body'` the limit bounds
 *   the body, too, and the call is counted when that is over: one that breaks off, stalls or comes too late is a failure,
 *   one that the caller cancels a success, and one that the limit ends while the caller leaves it unread counts neither way.
 * - The caller's `signal` ends the call at any time, the reading of its body included, and counts neither way. An
 *   `AbortSignal.timeout` is such a signal; `timeoutMs` is not.
 * - The caller's mistakes and aborts count neither way, whatever the circuits' `classify` says.
 * - Calls that may be made twice are retried by the circuits' `retry`; redirects are followed within one call.
 * - The body of a response that the caller does not get (because of a fallback, a retry or a limit) is cancelled. A
 *   connection on which the body is still arriving ends; any other is kept for the next call.
 * - Calls whose URL is invalid or not of HTTP are passed to the guarded fetch, without a circuit.
 *
 * `init.breakwater` holds options of a single call: see {@link FetchCallOptions}.
 *
 * @param circuits `Circuits` for a circuit by key, or one `Circuit` for all calls.
 * @param options `fetch`, `key`, `limit` and `stallMs`, and in tests `clock`.
 * @throws TypeError for a bad option, naming it, its value and what is allowed; from the guarded fetch for a bad option
 * of the call, and for an invalid key.
 * @example
 * const fetch = guardFetch(new Circuits({ store, classify: classifyFetch, timeoutMs: 2_000 }))
 * const response = await fetch('https://api.example.com/rates', {
 *   breakwater: { timeoutMs: 800, fallback: () => Response.json(cachedRates) },
 * })
 */
export function guardFetch<F extends AnyFetch = typeof globalThis.fetch>(
  circuits: FetchCircuits,
  options: GuardFetchOptions<F> = {},
): GuardedFetch<F> {
  checkFetchOptions(circuits, options)
  const { key } = options
  const fetch = (options.fetch ?? globalThis.fetch) as (input: unknown, init?: object) => Promise<object>

  function circuitOf(call: FetchCall): FetchCircuit | undefined {
    const chosen = key ? key(call) : call.url.origin
    return circuitFor(circuits, chosen)
  }

  async function guarded(input: unknown, init?: Init): Promise<unknown> {
    const { breakwater = {} } = init ?? {}
    const { limit, stallMs, clock, ...limits } = resolveCallOptions(breakwater, options)
    const call = readCall(input, init)
    const circuit = call && circuitOf(call)
    if (!circuit) return fetch(input, init?.breakwater ? copyInit(input, init) : init)

    const ownInit = copyInit(input, init)
    const signal = signalOf(input, init)
    // Any other object cannot be combined, and is passed to fetch, which follows or refuses it.
    const caller = signal instanceof AbortSignal ? signal : undefined
    // Aborting it makes `run` count an error neither way; the error thrown stays as it is.
    const ignore = new AbortController()

    const send = async (end: AbortSignal) => {
      // `run` follows the caller's signal until the headers; the body must follow it, too.
      const attemptSignal = caller ? AbortSignal.any([caller, end]) : signal ? signal : end
      try {
        return await fetch(input, { ...ownInit, signal: attemptSignal })
      } catch (error) {
        if (!end.aborted && classifyFetch({ ok: false, error }) === 'ignored') ignore.abort(error)
        throw error
      }
    }

    const runOptions = {
      ...limits,
      idempotent: isRepeatable(input, init, call.method),
      signal: caller ? AbortSignal.any([caller, ignore.signal]) : ignore.signal,
    }
    if (limit === 'headers') return circuit.run<object, unknown>(send, runOptions)
    return runUntilBody(circuit, send, runOptions, { stallMs, clock, ignore: () => ignore.abort() })
  }

  return guarded as unknown as GuardedFetch<F>
}
