/** So many names are remembered, as many as circuits are kept for a pattern. */
const maxKept = 1_000

/**
 * Bounds how fast an environment takes up circuits that it has not seen: their names may come from callers, and each of
 * them costs reads, and rows where it fails.
 */
export class NewNames {
  readonly #maxPerSecond: number
  readonly #seen = new Set<string>()
  #left: number
  #at = -Infinity

  constructor(maxPerSecond: number) {
    this.#maxPerSecond = maxPerSecond
    this.#left = maxPerSecond
  }

  /** Whether a circuit may be used now. */
  admit(name: string, now: number): boolean {
    if (!this.#seen.delete(name)) {
      const refilled = Math.max(0, ((now - this.#at) / 1_000) * this.#maxPerSecond)
      this.#left = Math.min(this.#maxPerSecond, this.#left + refilled)
      this.#at = now
      if (this.#left < 1) return false
      this.#left--
    }
    // Those that are used stay; of too many, the one that was used least recently is forgotten.
    this.#seen.add(name)
    if (this.#seen.size > maxKept) this.#seen.delete(this.#seen.keys().next().value!)
    return true
  }
}
