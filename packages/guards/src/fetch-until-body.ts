import { CallTimeoutError, type Clock, type RunOptions } from '@breakwater/circuit'
import { outcomeOf } from '@breakwater/circuit/shared'
import { currentDeadline, keepDeadlines } from './deadline.ts'
import { type Broken, watchBody } from './fetch-body.ts'
import { classifyFetch } from './fetch-classify.ts'
import type { FetchCircuit } from './fetch-options.ts'
import { Silence } from './silence.ts'

/** What {@link runUntilBody} needs beside a circuit and a call. */
export interface BodyLimits {
  readonly stallMs: number | undefined
  readonly clock: Clock
  /** Makes the call count neither way. */
  readonly ignore: () => void
}

/**
 * Runs a call whose outcome is known when its body is over, and whose limit holds until then. A response that is judged
 * a failure by its headers is one at once, and goes the usual way, with its body limited all the same.
 *
 * @param send makes one attempt.
 * @param options for `run`.
 * @returns the response, as soon as its headers are there; or whatever `run` ends with before.
 */
export function runUntilBody(
  circuit: FetchCircuit,
  send: (end: AbortSignal) => Promise<object>,
  options: RunOptions<unknown>,
  limits: BodyLimits,
): Promise<unknown> {
  keepDeadlines()
  let delivered = false
  return new Promise((deliver, fail) => {
    const running = circuit.run<object, unknown>(
      async limit => {
        const attempt = new Attempt(circuit, limit, limits)
        const response = await attempt.headers(send)
        if (limit.aborted) return response
        if (outcomeOf(circuit.judge({ ok: true, value: response })) === 'failure')
          return attempt.limitBody(response)
        const body = attempt.watchBody(response, counted)
        if (!body) return response
        delivered = true
        deliver(body.response)
        await body.over
        return response
      },
      {
        ...options,
        // The circuit reads both when an attempt has failed: once the response is delivered, nothing replaces it.
        get idempotent() {
          return options.idempotent === true && !delivered
        },
        get fallback() {
          return (delivered ? undefined : options.fallback) as NonNullable<typeof options.fallback>
        },
      },
    )
    const counted = () => running.catch(() => {})
    running.then(deliver, fail)
  })
}

/** One attempt of a call, which ends by the limit of `run`, or by its own. */
class Attempt {
  readonly #circuit: FetchCircuit
  readonly #limits: BodyLimits
  readonly #startedAt: number
  readonly #endsAt = currentDeadline()
  readonly #own = new AbortController()
  readonly #end: AbortSignal
  readonly #silence: Silence

  constructor(circuit: FetchCircuit, limit: AbortSignal, limits: BodyLimits) {
    const { stallMs, clock } = limits
    this.#circuit = circuit
    this.#limits = limits
    this.#startedAt = clock.now()
    this.#end = AbortSignal.any([limit, this.#own.signal])
    this.#silence = new Silence(stallMs, clock, () => this.#cut(stallMs!))
  }

  async headers(send: (end: AbortSignal) => Promise<object>): Promise<object> {
    this.#silence.begin()
    try {
      return await send(this.#end)
    } finally {
      this.#silence.end()
    }
  }

  /** The response, whose end is waited for before the reader sees it, until it is `counted`. */
  watchBody(response: object, counted: () => Promise<unknown>) {
    const { ignore } = this.#limits
    let finish!: (broken: Broken) => void
    const over = new Promise<void>((resolve, reject) => {
      finish = broken => (broken ? reject(broken.reason) : resolve())
    })
    const watched = watchBody(response, {
      end: this.#end,
      silence: this.#silence,
      unread: ignore,
      over: broken => {
        const error = broken?.reason
        if (broken && !this.#end.aborted && classifyFetch({ ok: false, error }) === 'ignored') ignore()
        finish(broken)
        return counted()
      },
    })
    return watched && { response: watched, over }
  }

  /** The response, which has been counted, with a body that ends when the call must end: `run` itself is over then. */
  limitBody(response: object): object {
    const { clock } = this.#limits
    const endsAt = this.#endsAt ?? Infinity
    const wholeMs = endsAt - this.#startedAt
    // No more than there was at first, also where the clock was set back meanwhile.
    const limit = new Silence(Math.min(wholeMs, endsAt - clock.now()), clock, () => this.#cut(wholeMs))
    const limited = watchBody(response, {
      end: this.#end,
      silence: this.#silence,
      unread: () => {},
      over: async () => limit.end(),
    })
    if (limited && endsAt !== Infinity) limit.begin()
    return limited ?? response
  }

  #cut(afterMs: number): void {
    this.#own.abort(new CallTimeoutError(this.#circuit.name, afterMs))
  }
}
