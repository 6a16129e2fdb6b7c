import type { Circuit } from '@breakwater/circuit'
import { circuitFor } from './circuits.ts'
import { discard, replaces } from './fetch-body.ts'
import { classifyFetch } from './fetch-classify.ts'
import {
  type AnyFetch,
  checkCallOptions,
  checkFetchOptions,
  type FetchCall,
  type FetchCircuits,
  type GuardedFetch,
  type GuardFetchOptions,
} from './fetch-options.ts'
import { copyInit, type Init, isRepeatable, readCall, signalOf } from './fetch-request.ts'

/**
 * A `fetch` whose calls go through circuits: one for each origin, unless options say otherwise. It takes what the fetch
 * it guards takes, and answers what that answers; responses 429 and 5xx count as failures and are returned all the
 * same. Give the circuits {@link classifyFetch}, which knows most of the errors of fetch.
 *
 * - A rejected call throws CircuitOpenError, and its body is neither read nor locked.
 * - A time limit bounds the wait for the headers. The reading of the body is bounded by the caller's `signal` alone,
 *   which ends the call at any time, and counts neither way: so does `AbortSignal.timeout`, other than `timeoutMs`.
 * - What the caller did wrong and an abort count neither way, whatever the circuits' `classify` says of it.
 * - Calls that may be made twice are made again by the circuits' `retry`, redirects are followed within one call.
 * - Responses that the caller does not get, because of a fallback, a retry or a limit, have their body cancelled. That ends the
 *   connection where the body has not arrived yet, and keeps it for the next call where it has.
 * - URLs that are invalid or not of HTTP are left to the fetch that is guarded.
 *
 * `init.breakwater` holds options of a single call: see {@link FetchCallOptions}.
 *
 * @param circuits `Circuits` for a circuit by key, or one `Circuit` for all calls.
 * @param options `fetch` and `key`.
 * @throws TypeError for a bad option, naming it, its value and what is allowed; from the guarded fetch for a bad option
 * of the call, and for a key that is none.
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

  function circuitOf(call: FetchCall): Pick<Circuit, 'run'> | undefined {
    const chosen = key ? key(call) : call.url.origin
    return circuitFor(circuits, chosen)
  }

  async function guarded(input: unknown, init?: Init): Promise<unknown> {
    const { breakwater = {} } = init ?? {}
    checkCallOptions(breakwater)
    const call = readCall(input, init)
    const circuit = call && circuitOf(call)
    if (!circuit) return fetch(input, init?.breakwater ? copyInit(input, init) : init)

    const ownInit = copyInit(input, init)
    const signal = signalOf(input, init)
    // Others cannot be combined: such a signal is the fetch's to follow, or to refuse.
    const caller = signal instanceof AbortSignal ? signal : undefined
    // Its abort is the way to tell `run` that an error counts neither way; the error stays as it is.
    const nothingSaid = new AbortController()
    /** What was answered last, while it is not known whether the caller gets it. */
    let held: object | undefined

    const attempt = async (limit: AbortSignal) => {
      discard(held)
      held = undefined
      // `run` follows the caller's signal to the headers; the body must follow it, too.
      const ends = caller ? AbortSignal.any([caller, limit]) : signal ? signal : limit
      try {
        const response = await fetch(input, { ...ownInit, signal: ends })
        if (limit.aborted) discard(response)
        else held = response
        return response
      } catch (error) {
        if (!limit.aborted && classifyFetch({ ok: false, error }) === 'ignored') nothingSaid.abort(error)
        throw error
      }
    }

    let answer: unknown
    try {
      answer = await circuit.run<object, unknown>(attempt, {
        ...breakwater,
        idempotent: isRepeatable(input, init, call.method),
        signal: caller ? AbortSignal.any([caller, nothingSaid.signal]) : nothingSaid.signal,
      })
      return answer
    } finally {
      if (replaces(answer, held)) discard(held)
    }
  }

  return guarded as unknown as GuardedFetch<F>
}
