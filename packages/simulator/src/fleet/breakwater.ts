import { Circuit, type CircuitEvent, type Control, type Policy } from '@breakwater/circuit'
import type { Environment } from '../engine/environment.ts'
import type { Random } from '../engine/random.ts'
import type { OverrideAct } from '../scenario/scenario.ts'
import type { SimulatedTable } from '../table/table.ts'
import type { Breaker, BreakerState, CallOutcome } from './breaker.ts'
import { circuitOptions, outcomeOf } from './real-circuit.ts'

/** The one circuit of a run. */
export const circuitName = 'dependency'

/** The real circuit over the real store, in one environment. */
export class BreakwaterBreaker implements Breaker {
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
    this.#circuit = new Circuit(circuitName, circuitOptions(environment, random, table, policy, listener))
  }

  run(call: () => Promise<void>): Promise<CallOutcome> {
    return outcomeOf(this.#circuit.run(() => call(), { timeoutMs: this.#timeoutMs }))
  }

  /** Overrides the circuit, or ends its override. Rejects where the table fails. */
  override({ mode, forMs }: OverrideAct): Promise<void> {
    const act = { by: 'operator', reason: 'event of the scenario' }
    const forced = { ...act, ...(forMs !== undefined && { forMs }) }
    if (mode === 'RELEASED') return this.#circuit.release(act)
    if (mode === 'FORCED_OPEN') return this.#circuit.forceOpen(forced)
    return mode === 'FORCED_CLOSED' ? this.#circuit.forceClosed(forced) : this.#circuit.observeOnly(forced)
  }

  /** The override that it goes by now. */
  get control(): Control | undefined {
    return this.#circuit.status().control
  }

  get state(): BreakerState {
    const { state, admittedShare, shedding, store } = this.#circuit.status()
    // Without the table it goes by a record of its own: what it sheds and probes is not the fleet's.
    if (store === 'unavailable') return state === 'CLOSED' ? 'u' : 's'
    if (state === 'OPEN') return 'o'
    if (state === 'HALF_OPEN') return 'h'
    if (shedding) return 's'
    return admittedShare < 1 ? 'r' : 'c'
  }

  /** Generation of the state that calls are admitted under now. */
  get generation(): number {
    return this.#circuit.status().generation
  }

  /** Whether the environment's own copy of the record decides, for want of an answer from the table. */
  get decidesLocally(): boolean {
    return this.#circuit.status().store !== 'available'
  }
}
