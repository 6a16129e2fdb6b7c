import { Circuit, type CircuitEvent, isCircuitOpenError, type Policy } from '@breakwater/circuit'
import { DynamoDbStore } from '@breakwater/dynamodb'
import type { Environment } from '../engine/environment.ts'
import type { Random } from '../engine/random.ts'
import type { Answer, Guard } from '../peers/peer.ts'
import { simulatedClient } from '../table/client.ts'
import type { SimulatedTable } from '../table/table.ts'

/** The one circuit of a run. */
export const circuitName = 'dependency'

/** The real circuit over the real store, in one environment. */
export class BreakwaterGuard implements Guard {
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
    const client = simulatedClient(table, environment)
    const store = new DynamoDbStore({ tableName: 'circuits', client, clock: environment })
    this.#timeoutMs = timeoutMs
    this.#circuit = new Circuit(circuitName, {
      ...policy,
      store,
      clock: environment,
      random: random.fork(`circuit ${environment.id}`).next,
      environment: environment.name,
      disabled: false,
      listener,
    } as ConstructorParameters<typeof Circuit>[1])
  }

  async run(call: () => Promise<void>): Promise<Answer> {
    try {
      await this.#circuit.run(call, { timeoutMs: this.#timeoutMs })
      return 'success'
    } catch (error) {
      return isCircuitOpenError(error) ? 'rejected' : 'failure'
    }
  }

  get belief(): Guard['belief'] {
    const { state, admittedShare, shedding, store } = this.#circuit.status()
    // Alone it goes by a record of its own: what it sheds and probes is no longer the fleet's.
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

  /** Without an answer from the table, the environment's own copy of the record decides. */
  get alone(): boolean {
    return this.#circuit.status().store !== 'available'
  }
}
