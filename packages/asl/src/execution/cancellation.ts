/** Why work ends before its time: its execution is over, or a branch beside it has failed. */
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

/** Ends work, and the work inside it. Cheaper than an AbortController, and forgets who is no longer interested. */
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
  check(): void {
    if (this.#reason) throw this.#reason
  }

  /** Tells a listener of the end, at most once; returns what takes it away again. */
  add(listener: (reason: Cancelled) => void): () => void {
    if (this.#reason) listener(this.#reason)
    else this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
