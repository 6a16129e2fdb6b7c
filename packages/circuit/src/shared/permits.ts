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
      if (!this.#isHeld(id, leaseMs)) await this.#fleet.carry({ type: 'acquire', lease: id, leaseMs })
      // By the record, not by the answer of the write: one that timed out here may have been made all the same.
      if (!(waits && this.#isHeld(id))) return
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
    return this.#isHeld(this.#unclaimed)
  }

  /** Whether this environment holds a lease, and as much is left of it as a call may take whose lease is `leaseMs` long. */
  #isHeld(lease: string | undefined, leaseMs = 0): boolean {
    const { record } = this.#fleet
    if (lease === undefined || record.state !== 'HALF_OPEN') return false
    const now = this.#scope.clock.now()
    const neededMs = limitMsOf(leaseMs)
    return record.leases.some(({ id, expiresAt }) => id === lease && expiresAt - now > neededMs)
  }
}
