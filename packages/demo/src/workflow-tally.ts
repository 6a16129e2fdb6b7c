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
