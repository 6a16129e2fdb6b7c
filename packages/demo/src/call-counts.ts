/** Calls by outcome. `sent` is always the sum of `succeeded`, `failed`, `rejected` and the pending ones. */
export interface CallCounts {
  readonly sent: number
  /** The provider charged. */
  readonly succeeded: number
  /** The provider was called, and failed or timed out; or the call got no answer. */
  readonly failed: number
  /** The circuit shed the call without touching the provider. */
  readonly rejected: number
  /** The failed and rejected calls that a fallback answered. */
  readonly fallbacks: number
}

/** The outcome of one call. */
export interface CallOutcome {
  readonly kind: 'succeeded' | 'failed' | 'rejected'
  readonly fallback: boolean
}

/**
 * The outcome by an answer of the orders API.
 *
 * @example
 * judge(202, '{"receipt":{"status":"pending","via":"fallback","cause":"rejected"}}') // { kind: 'rejected', fallback: true }
 */
export function outcomeOf(status: number, body: string): CallOutcome {
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
export class CallCounter {
  #calls: { -readonly [K in keyof CallCounts]: number } = {
    sent: 0,
    succeeded: 0,
    failed: 0,
    rejected: 0,
    fallbacks: 0,
  }
  /** How often each unexpected end of a call came: no answer, or an answer that is neither a charge nor a fallback's. */
  readonly unexpected = new Map<string, number>()

  get counts(): CallCounts {
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

  /** Counts an answer; one that is neither a charge nor a fallback's is unexpected. */
  answer(status: number, body: string): void {
    const { kind, fallback } = outcomeOf(status, body)
    this.#calls[kind] += 1
    if (fallback) this.#calls.fallbacks += 1
    else if (kind === 'failed') this.#countUnexpected(`answered ${status}: ${body.slice(0, 200)}`)
  }

  /** Counts a call that got no answer. */
  lose(why: string): void {
    this.#calls.failed += 1
    this.#countUnexpected(`not answered: ${why}`)
  }

  #countUnexpected(what: string): void {
    // Bounded: a broken function must not fill the memory with its different messages.
    if (this.unexpected.size < 20 || this.unexpected.has(what)) {
      this.unexpected.set(what, (this.unexpected.get(what) ?? 0) + 1)
    }
  }
}

/** Workflow executions started through the API, by their answers. */
export interface WorkflowCounts {
  readonly started: number
  /** Answered with 200. */
  readonly succeeded: number
  /** Answered with anything else, or not at all. */
  readonly failed: number
  /** Answered with 503 by an open circuit. */
  readonly circuitOpen: number
  /** How often each status came; `none` for executions without an answer. */
  readonly byStatusCode: Readonly<Record<string, number>>
}

/** Counts workflow executions. */
export class WorkflowCounter {
  #counts = { started: 0, succeeded: 0, failed: 0, circuitOpen: 0 }
  readonly #statuses = new Map<string, number>()

  get counts(): WorkflowCounts {
    return { ...this.#counts, byStatusCode: Object.fromEntries([...this.#statuses].sort()) }
  }

  send(): void {
    this.#counts.started += 1
  }

  answer(status: number, body: string): void {
    this.#countStatus(`${status}`)
    if (status === 200) this.#counts.succeeded += 1
    else if (status === 503 && isCircuitOpen(body)) this.#counts.circuitOpen += 1
    else this.#counts.failed += 1
  }

  lose(): void {
    this.#countStatus('none')
    this.#counts.failed += 1
  }

  #countStatus(status: string): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1)
  }
}

function isCircuitOpen(body: string): boolean {
  try {
    return JSON.parse(body).error === 'Breakwater.CircuitOpen'
  } catch {
    return false
  }
}
