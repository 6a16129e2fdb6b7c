import type { Event } from 'cockatiel'

/** The listeners to one kind of event of a policy. Nothing a listener does reaches the call that caused the event. */
export class PolicyEvents<T> {
  readonly #listeners = new Set<(event: T) => unknown>()

  readonly on: Event<T> = listener => {
    // An entry of its own: the same function added twice is told twice, as cockatiel does.
    const entry = (event: T): unknown => listener(event)
    this.#listeners.add(entry)
    return { dispose: () => void this.#listeners.delete(entry) }
  }

  /** False without listeners, so that nothing need be measured. */
  get any(): boolean {
    return this.#listeners.size > 0
  }

  tell(event: T): void {
    for (const listener of this.#listeners) void this.#notify(listener, event)
  }

  async #notify(listener: (event: T) => unknown, event: T): Promise<void> {
    try {
      await listener(event)
    } catch {
      // A broken observer is its owner's trouble, never the call's.
    }
  }
}
