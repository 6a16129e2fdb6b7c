/** Calls by how they ended. `sent` is always the sum of `succeeded`, `failed`, `rejected` and those still out. */
export interface Calls {
  readonly sent: number
  /** The provider charged. */
  readonly succeeded: number
  /** The provider was called, and failed or timed out; or there was no answer at all. */
  readonly failed: number
  /** The circuit shed the call without touching the provider. */
  readonly rejected: number
  /** Those of the failed and the rejected that a fallback answered. */
  readonly fallbacks: number
}

/** How one call ended, judged by its answer. */
export interface Ending {
  readonly kind: 'succeeded' | 'failed' | 'rejected'
  readonly fallback: boolean
}

/**
 * Reads an answer of the orders function.
 *
 * @example
 * judge(202, '{"receipt":{"status":"pending","via":"fallback","cause":"rejected"}}') // { kind: 'rejected', fallback: true }
 */
export function judge(status: number, body: string): Ending {
  if (status === 201) return { kind: 'succeeded', fallback: false }
  if (status === 202) return { kind: causeOf(body) === 'rejected' ? 'rejected' : 'failed', fallback: true }
  return { kind: 'failed', fallback: false }
}

function causeOf(body: string): unknown {
  try {
    return JSON.parse(body).receipt.cause
  } catch {
    return undefined
  }
}

/** Counts calls. */
export class Tally {
  #calls: { -readonly [K in keyof Calls]: number } = {
    sent: 0,
    succeeded: 0,
    failed: 0,
    rejected: 0,
    fallbacks: 0,
  }
  /** What went wrong beyond a failing provider: a call nobody answered, an answer that says nothing. By what, how often. */
  readonly surprises = new Map<string, number>()

  get calls(): Calls {
    return { ...this.#calls }
  }

  /** Calls without an answer yet. */
  get pending(): number {
    const { sent, succeeded, failed, rejected } = this.#calls
    return sent - succeeded - failed - rejected
  }

  send(): void {
    this.#calls.sent += 1
  }

  /** Counts an answer; one that is neither a success nor a fallback's is a surprise. */
  answer(status: number, body: string): void {
    const { kind, fallback } = judge(status, body)
    this.#calls[kind] += 1
    if (fallback) this.#calls.fallbacks += 1
    else if (kind === 'failed') this.#surprise(`answered ${status}: ${body.slice(0, 200)}`)
  }

  /** Counts a call that got no answer. */
  lose(why: string): void {
    this.#calls.failed += 1
    this.#surprise(`not answered: ${why}`)
  }

  #surprise(what: string): void {
    // Bounded: a broken function must not fill the memory with its different messages.
    if (this.surprises.size < 20 || this.surprises.has(what)) {
      this.surprises.set(what, (this.surprises.get(what) ?? 0) + 1)
    }
  }
}
