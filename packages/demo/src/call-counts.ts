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

/** Workflow executions started through the API, by how they were answered. */
export interface Workflows {
  readonly started: number
  /** Answered with 200. */
  readonly succeeded: number
  /** Answered with anything else but an open circuit, or not at all. */
  readonly failed: number
  /** Answered with 503 by an open circuit. */
  readonly circuitOpen: number
  /** How often each status came; `none` where nobody answered. */
  readonly byStatusCode: Readonly<Record<string, number>>
}

/** Counts workflow executions. */
export class WorkflowTally {
  #counts = { started: 0, succeeded: 0, failed: 0, circuitOpen: 0 }
  readonly #statuses = new Map<string, number>()

  get workflows(): Workflows {
    return { ...this.#counts, byStatusCode: Object.fromEntries([...this.#statuses].sort()) }
  }

  send(): void {
    this.#counts.started += 1
  }

  answer(status: number, body: string): void {
    this.#count(`${status}`)
    if (status === 200) this.#counts.succeeded += 1
    else if (status === 503 && isCircuitOpen(body)) this.#counts.circuitOpen += 1
    else this.#counts.failed += 1
  }

  lose(): void {
    this.#count('none')
    this.#counts.failed += 1
  }

  #count(status: string): void {
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
