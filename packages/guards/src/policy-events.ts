import type { Event } from 'cockatiel'

/** The listeners to one kind of event of a policy. An error of a listener never reaches the call that caused the event. */
export class PolicyEvents<T> {
  readonly #listeners = new Set<(event: T) => unknown>()

  readonly on: Event<T> = listener => {
    // An entry of its own: a function that was added twice is called twice, as in cockatiel.
    const entry = (event: T): unknown => listener(event)
    this.#listeners.add(entry)
    return { dispose: () => void this.#listeners.delete(entry) }
  }

  /** False without listeners: then nothing is measured. */
  get hasListeners(): boolean {
    return this.#listeners.size > 0
  }

  emit(event: T): void {
    for (const listener of this.#listeners) void this.#notify(listener, event)
  }

  async #notify(listener: (event: T) => unknown, event: T): Promise<void> {
    try {
      await listener(event)
    } catch {
      // A listener that throws must not fail the call.
    }
  }
}
