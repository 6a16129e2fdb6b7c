import type { CircuitRecord, ResolvedPolicy } from '@breakwater/circuit'

interface Taker {
  /** Leases of permits that were given out, and not reported back yet. */
  leases: string[]
  /** How many in a row never were. */
  unreported: number
  pausedUntil: number
}

/** Of so many circuits permits are remembered, which is more than probe at a time. */
const maxCircuits = 1_000

/**
 * The permits to probe that this environment gave out. Whoever takes one and never reports its outcome keeps a circuit
 * half-open, and others from probing: after each of them no permit is given here for a while, twice as long each time, so
 * that the rest of the fleet gets its turn.
 */
export class UnreportedPermits {
  readonly #takers = new Map<string, Taker>()

  /** Puts down a permit to probe. */
  given(circuit: string, lease: string): void {
    const taker = this.#takers.get(circuit) ?? { leases: [], unreported: 0, pausedUntil: 0 }
    taker.leases.push(lease)
    // Of too many, the one that was used least recently is forgotten.
    this.#takers.delete(circuit)
    this.#takers.set(circuit, taker)
    if (this.#takers.size > maxCircuits) this.#takers.delete(this.#takers.keys().next().value!)
  }

  /** An outcome was reported. */
  reported(circuit: string, lease: string): void {
    if (this.#takers.get(circuit)?.leases.includes(lease)) this.#takers.delete(circuit)
  }

  /** Whether there are permits whose outcome is not known here. */
  isWaiting(circuit: string): boolean {
    return (this.#takers.get(circuit)?.leases.length ?? 0) > 0
  }

  /**
   * Looks for them in the record: a lease that has expired and is still there was never reported back; one that is gone
   * was, by another environment, or the state is another one.
   */
  check(circuit: string, record: CircuitRecord | undefined, policy: ResolvedPolicy, now: number): void {
    const taker = this.#takers.get(circuit)
    if (!taker) return
    const stored = record?.state === 'HALF_OPEN' ? record.leases : []
    const mine = stored.filter(({ id }) => taker.leases.includes(id))
    taker.leases = mine.filter(({ expiresAt }) => expiresAt > now).map(({ id }) => id)
    for (let left = mine.length - taker.leases.length; left > 0; left--) {
      const ms = Math.min(policy.openMs * 2 ** taker.unreported, policy.maxOpenMs)
      taker.unreported++
      taker.pausedUntil = Math.max(taker.pausedUntil, now + ms)
    }
  }

  /** How long no permit is given for a circuit, in ms; 0 where one may be. */
  pauseMs(circuit: string, now: number): number {
    return Math.max(0, (this.#takers.get(circuit)?.pausedUntil ?? 0) - now)
  }
}
