import { limitMsOf } from '../policy.ts'
import type { CircuitScope } from '../scope.ts'
import type { Fleet } from './fleet.ts'
import type { StoreRequests } from './store-requests.ts'

/** Permits to probe, of which all environments together have a few. The calls of this one ask for them one after the other. */
export class Permits {
  readonly #fleet: Fleet
  readonly #requests: StoreRequests
  readonly #scope: CircuitScope
  /** Settles when no call asks for a permit any more. */
  #elections: Promise<unknown> = Promise.resolve()
  /** A lease that was asked for, and whose call did not wait for it. The next one takes it, if it was granted. */
  #unclaimed: string | undefined

  constructor(fleet: Fleet, requests: StoreRequests, scope: CircuitScope) {
    this.#fleet = fleet
    this.#requests = requests
    this.#scope = scope
  }

  /** Takes a permit for `leaseMs`; undefined if there is none, or the call has waited for `storeWaitMs`. Never rejects. */
  async acquire(lease: string, leaseMs: number): Promise<string | undefined> {
    let waits = true
    let granted: string | undefined
    const elect = async () => {
      const id = this.#unclaimed ?? lease
      this.#unclaimed = id
      // As much must be left as a call may take whose lease is that long.
      if (!(this.#leftMs(id) > limitMsOf(leaseMs)))
        await this.#fleet.carry({ type: 'acquire', lease: id, leaseMs })
      // By the record, not by the answer of the write: one that timed out here may have been made all the same.
      if (!(waits && this.#leftMs(id) > 0)) return
      granted = id
      this.#unclaimed = undefined
    }
    const election = this.#elections.then(elect)
    this.#elections = election
    await this.#requests.wait('writes', election)
    waits = false
    return granted
  }

  /** Whether a lease that no call took is there: to be taken, or renewed. */
  get isWaiting(): boolean {
    return this.#leftMs(this.#unclaimed) > 0
  }

  /** How much is left of a lease that this environment holds, in ms; NaN where it holds none of that name. */
  #leftMs(lease: string | undefined): number {
    const { record } = this.#fleet
    const held = record.state === 'HALF_OPEN' ? record.leases.find(({ id }) => id === lease) : undefined
    return Number(held?.expiresAt) - this.#scope.clock.now()
  }
}
