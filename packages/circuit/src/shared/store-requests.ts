import { waitAtMost } from '../bounded.ts'
import { isStoreError, StoreError } from '../errors.ts'
import type { CircuitScope } from '../scope.ts'
import type { CircuitStore } from '../store.ts'
import { escapeControls } from '../validate.ts'
import { healthOf, type RequestKind, type Sent, type StoreHealth } from './store-health.ts'

/** Stores this process has already complained about. */
const complained = new WeakSet<CircuitStore>()

/** The requests of a circuit to its store: bounded in time, and what becomes of them is known to all circuits of the store. */
export class StoreRequests {
  readonly health: StoreHealth
  readonly #store: CircuitStore
  readonly #config: CircuitScope

  constructor(store: CircuitStore, config: CircuitScope) {
    this.#store = store
    this.#config = config
    this.health = healthOf(store, config.clock)
  }

  /**
   * From when on no answer is a failure of the store, in ms: later than calls stop waiting for it, as a slow store is still
   * one. The first request may take longer, as the store's client is loaded and connected along with it.
   */
  get patienceMs(): number {
    const { refreshMs, storeWaitMs } = this.#config.policy
    return Math.max(refreshMs, storeWaitMs * (this.health.known ? 1 : 10))
  }

  /**
   * Waits for some work as a call does, at most `storeWaitMs`; true if it settled. Undefined where it is not to wait, as
   * enough calls wait for a store that answers nothing.
   */
  wait(kind: RequestKind, work: Promise<unknown>, ms?: number): Promise<boolean> | undefined {
    const { health } = this
    const { clock, policy } = this.#config
    if (!health.mayWait(kind, clock.now())) return undefined
    health.waiting++
    return waitAtMost(work, ms ?? policy.storeWaitMs, clock).finally(() => health.waiting--)
  }

  /** Asks the store to write, where writes are not held back; undefined if it failed, which is then known here. */
  async write<T>(send: () => Promise<T>): Promise<T | undefined> {
    const request = this.health.sent('writes', this.#config.clock.now())
    try {
      const value = await this.inTime(send)
      this.answered('writes', request)
      return value
    } catch (error) {
      return this.failed('writes', error, request)
    }
  }

  /** @throws what the request is answered with, or StoreError `timeout` where it is not answered. */
  async inTime<T>(send: () => Promise<T>): Promise<T> {
    const { patienceMs } = this
    const asked = (async () => send())()
    if (!(await waitAtMost(asked, patienceMs, this.#config.clock))) throw tooSlow(patienceMs)
    return asked
  }

  answered(kind: RequestKind, request: Sent): void {
    const recovered = this.health.answered(kind, request, this.#config.clock.now())
    if (recovered) this.#config.emit({ type: 'store-recovery' })
  }

  failed(requests: RequestKind, error: unknown, request?: Sent): undefined {
    const { emit, clock, random } = this.#config
    const kind = isStoreError(error) ? error.kind : 'unavailable'
    const broken = kind === 'misconfigured' || kind === 'unknown-schema'
    if (!this.health.failed(requests, request, clock.now(), broken, random())) return
    const message = error instanceof Error ? error.message : String(error)
    emit({ type: 'store-failure', kind, message })
    if (!broken || complained.has(this.#store)) return
    complained.add(this.#store)
    console.error(
      escapeControls(`Breakwater: the circuit store is ${kind}; environments go on alone: ${message}`),
    )
  }
}

export function tooSlow(ms: number): StoreError {
  return new StoreError('timeout', `the store did not answer within ${ms} ms`)
}
