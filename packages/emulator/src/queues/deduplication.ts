import type { SentMessage } from './message.ts'

/** For how long the service takes a message of the same id for the same message. */
const rememberedMs = 300_000

/** What a FIFO queue has accepted in the last five minutes. */
export class Deduplication {
  /** Oldest first. */
  readonly #accepted = new Map<string, { readonly at: number; readonly sent: SentMessage }>()

  /** What was answered to the first message of this id; undefined if there was none. */
  find(key: string, now: number): SentMessage | undefined {
    for (const [known, { at }] of this.#accepted) {
      if (now - at < rememberedMs) break
      this.#accepted.delete(known)
    }
    return this.#accepted.get(key)?.sent
  }

  remember(key: string, sent: SentMessage, now: number): void {
    this.#accepted.set(key, { at: now, sent })
  }
}
