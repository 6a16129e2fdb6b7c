import type { Clock } from '@breakwater/circuit'
import type { StoredMessage } from './message.ts'

/** How many messages a queue holds. */
export interface QueueCounts {
  readonly visible: number
  readonly inFlight: number
  readonly delayed: number
}

/** The messages of one queue, in the order of their arrival, until their retention period ends. */
export class StoredMessages {
  readonly #clock: Clock
  readonly #retentionMs: number
  readonly #messages = new Map<string, StoredMessage>()

  constructor(clock: Clock, retentionMs: number) {
    this.#clock = clock
    this.#retentionMs = retentionMs
  }

  all(): Iterable<StoredMessage> {
    this.#deleteExpired()
    return this.#messages.values()
  }

  get(id: string): StoredMessage | undefined {
    this.#deleteExpired()
    return this.#messages.get(id)
  }

  add(message: StoredMessage): void {
    this.#messages.set(message.id, message)
  }

  delete(id: string): void {
    this.#messages.delete(id)
  }

  clear(): void {
    this.#messages.clear()
  }

  counts(): QueueCounts {
    const now = this.#clock.now()
    const hidden = [...this.all()].filter(message => message.visibleAt > now)
    const inFlight = hidden.filter(message => message.receipt !== undefined).length
    return { visible: this.#messages.size - hidden.length, inFlight, delayed: hidden.length - inFlight }
  }

  /** When the next hidden message becomes visible, epoch ms; Infinity if none is hidden. */
  nextVisibleAt(): number {
    const now = this.#clock.now()
    let next = Infinity
    for (const { visibleAt } of this.#messages.values())
      if (visibleAt > now && visibleAt < next) next = visibleAt
    return next
  }

  #deleteExpired(): void {
    const oldest = this.#clock.now() - this.#retentionMs
    for (const { id, enqueuedAt } of this.#messages.values())
      if (enqueuedAt <= oldest) this.#messages.delete(id)
  }
}
