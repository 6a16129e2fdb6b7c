/** Ends work early: its execution is over, or a branch beside it has failed. */
export class Cancelled extends Error {
  override readonly name: string = 'Cancelled'
  readonly status: 'ABORTED' | 'TIMED_OUT' | 'BRANCH'
  readonly error: string | undefined
  override readonly cause: string | undefined

  constructor(status: Cancelled['status'], error?: string, cause?: string) {
    super(status)
    this.status = status
    this.error = error
    this.cause = cause
  }
}

/** Ends work, and the work inside it. Cheaper than an AbortController, and its listeners can be removed. */
export class Cancellation {
  #reason: Cancelled | undefined
  readonly #listeners = new Set<(reason: Cancelled) => void>()

  cancel(reason: Cancelled): void {
    if (this.#reason) return
    this.#reason = reason
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener(reason)
  }

  /** @throws Cancelled */
  throwIfCancelled(): void {
    if (this.#reason) throw this.#reason
  }

  /** Calls a listener at the cancellation, at most once; returns a function that removes it. */
  onCancel(listener: (reason: Cancelled) => void): () => void {
    if (this.#reason) listener(this.#reason)
    else this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
