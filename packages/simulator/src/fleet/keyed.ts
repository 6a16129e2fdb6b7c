import { type CircuitEvent, Circuits, isCircuitOpenError, type Policy } from '@breakwater/circuit'
import { DynamoDbStore } from '@breakwater/dynamodb'
import type { Environment } from '../engine/environment.ts'
import type { Random } from '../engine/random.ts'
import type { Keys } from '../scenario/scenario.ts'
import { simulatedClient } from '../table/client.ts'
import type { SimulatedTable } from '../table/table.ts'
import type { Breaker, BreakerState, CallOutcome } from './breaker.ts'

/** Reads what the calls of keyed circuits need to know, and is informed of them. */
export interface KeyedCalls {
  /** Whether the dependency of a key is dead. */
  isDead(key: number): boolean
  /** `kept`: how many circuits the environment keeps. */
  ended(environment: Environment, key: number, shed: boolean, kept: number): void
}

/** The real circuits by key over the real store, in one environment. Each call is of a key at random. */
export class KeyedBreaker implements Breaker {
  /** By the record of each key: there is no state of all. */
  readonly state: BreakerState = 'c'
  readonly #environment: Environment
  readonly #random: Random
  readonly #circuits: Circuits
  readonly #keys: number
  readonly #timeoutMs: number
  readonly #calls: KeyedCalls

  constructor(
    environment: Environment,
    random: Random,
    table: SimulatedTable,
    policy: Policy,
    timeoutMs: number,
    listener: (event: CircuitEvent) => void,
    { count, maxCircuits }: Keys,
    calls: KeyedCalls,
  ) {
    const client = simulatedClient(table, environment)
    this.#environment = environment
    this.#random = random.fork(`keys ${environment.id}`)
    this.#keys = count
    this.#timeoutMs = timeoutMs
    this.#calls = calls
    this.#circuits = new Circuits({
      ...policy,
      prefix: 'key',
      ...(maxCircuits !== undefined && { maxCircuits }),
      store: new DynamoDbStore({ tableName: 'circuits', client, clock: environment }),
      clock: environment,
      random: random.fork(`circuit ${environment.id}`).next,
      environment: environment.name,
      disabled: false,
      listener,
    } as ConstructorParameters<typeof Circuits>[0])
  }

  async run(call: (broken?: boolean) => Promise<void>): Promise<CallOutcome> {
    const key = this.#random.integer(this.#keys)
    const outcome = await this.#run(key, () => call(this.#calls.isDead(key)))
    this.#calls.ended(this.#environment, key, outcome === 'rejected', this.#circuits.size)
    return outcome
  }

  async #run(key: number, call: () => Promise<void>): Promise<CallOutcome> {
    try {
      await this.#circuits.for(String(key)).run(call, { timeoutMs: this.#timeoutMs })
      return 'success'
    } catch (error) {
      return isCircuitOpenError(error) ? 'rejected' : 'failure'
    }
  }
}
