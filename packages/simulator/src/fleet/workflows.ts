import {
  Circuit,
  type CircuitEvent,
  isCircuitOpenError,
  type PermitToken,
  type Policy,
} from '@breakwater/circuit'
import type { Environment } from '../engine/environment.ts'
import type { Random } from '../engine/random.ts'
import type { SimulatedTable } from '../table/table.ts'
import type { Breaker, BreakerState, CallOutcome } from './breaker.ts'
import { circuitName } from './breakwater.ts'
import { circuitOptions } from './real-circuit.ts'

/**
 * The circuit as the gate of workflows uses it: a permit is acquired before a task, and its outcome recorded after it in
 * another invocation, and mostly in another environment. While the table does not answer every task is let in unverified.
 */
export class WorkflowBreaker implements Breaker {
  readonly state: BreakerState = 'c'
  readonly #circuit: Circuit
  readonly #timeoutMs: number

  constructor(
    environment: Environment,
    random: Random,
    table: SimulatedTable,
    policy: Policy,
    timeoutMs: number,
    listener: (event: CircuitEvent) => void,
  ) {
    this.#timeoutMs = timeoutMs
    this.#circuit = new Circuit(circuitName, {
      storeWaitMs: 1_000,
      ...circuitOptions(environment, random, table, policy, listener),
    })
  }

  /** A permit for one task; undefined where it is refused, `unverified` while the table does not answer. */
  async acquire(): Promise<PermitToken | 'unverified' | undefined> {
    const circuit = this.#circuit
    const { store } = await circuit.refresh()
    if (store !== 'available') return 'unverified'
    try {
      const { token } = await circuit.acquire({ timeoutMs: this.#timeoutMs, detached: true })
      return circuit.status().store === 'available' ? token : 'unverified'
    } catch (error) {
      return isCircuitOpenError(error) && circuit.status().store === 'available' ? undefined : 'unverified'
    }
  }

  /** The outcome of a task, in whatever environment it is recorded. */
  async record(token: PermitToken | 'unverified', ok: boolean): Promise<void> {
    await this.#circuit.refresh()
    if (token === 'unverified') return
    const permit = this.#circuit.resume(token)
    await permit.settle(ok ? { ok, value: undefined } : { ok, error: new Error('the task failed') })
  }

  /** A call that begins and ends in one invocation. */
  async run(call: () => Promise<void>): Promise<CallOutcome> {
    const token = await this.acquire()
    if (token === undefined) return 'rejected'
    const ok = await call().then(
      () => true,
      () => false,
    )
    await this.record(token, ok)
    return ok ? 'success' : 'failure'
  }
}
