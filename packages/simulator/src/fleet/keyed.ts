import { type CircuitEvent, Circuits, type Policy } from '@breakwater/circuit'
import type { Environment } from '../engine/environment.ts'
import type { Random } from '../engine/random.ts'
import type { Keys } from '../scenario/scenario.ts'
import type { SimulatedTable } from '../table/table.ts'
import type { Breaker, BreakerState, CallOutcome } from './breaker.ts'
import { circuitOptions, outcomeOf } from './real-circuit.ts'

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
    this.#environment = environment
    this.#random = random.fork(`keys ${environment.id}`)
    this.#keys = count
    this.#timeoutMs = timeoutMs
    this.#calls = calls
    this.#circuits = new Circuits({
      ...circuitOptions(environment, random, table, policy, listener),
      prefix: 'key',
      ...(maxCircuits !== undefined && { maxCircuits }),
    })
  }

  async run(call: (broken?: boolean) => Promise<void>): Promise<CallOutcome> {
    const key = this.#random.integer(this.#keys)
    const circuit = this.#circuits.for(String(key))
    const called = circuit.run(() => call(this.#calls.isDead(key)), { timeoutMs: this.#timeoutMs })
    const outcome = await outcomeOf(called)
    this.#calls.ended(this.#environment, key, outcome === 'rejected', this.#circuits.size)
    return outcome
  }
}
