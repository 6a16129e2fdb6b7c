import type { CircuitEvent } from '@breakwater/circuit'
import type { Engine } from '../engine/engine.ts'
import type { Environment } from '../engine/environment.ts'
import type { CallOutcome } from '../fleet/breaker.ts'
import { BreakwaterBreaker } from '../fleet/breakwater.ts'
import type { Member } from '../fleet/call-recorder.ts'
import { WorkflowBreaker } from '../fleet/workflows.ts'
import type { Conditions } from './conditions.ts'
import type { Invariants } from './invariants.ts'
import type { Measurements } from './measurements.ts'

/** Shows the calls and the events of the fleet's one circuit to the invariants. */
export class CircuitWatch {
  readonly #engine: Engine
  readonly #conditions: Conditions
  readonly #invariants: Invariants
  readonly #measurements: Measurements
  readonly #memberOf: (environment: Environment) => Member | undefined
  /** The generation under which each environment's last call was admitted, by its id. */
  readonly #generations = new Map<number, number>()

  constructor(
    engine: Engine,
    conditions: Conditions,
    invariants: Invariants,
    measurements: Measurements,
    memberOf: (environment: Environment) => Member | undefined,
  ) {
    this.#engine = engine
    this.#conditions = conditions
    this.#invariants = invariants
    this.#measurements = measurements
    this.#memberOf = memberOf
  }

  reached({ environment, breaker }: Member, begunAt: number): void {
    if (!(breaker instanceof BreakwaterBreaker)) return
    const { overrides } = this.#invariants
    overrides.goesBy(environment, breaker.control)
    overrides.decided(environment, false, begunAt)
    if (!overrides.mayAdmit(environment, begunAt))
      this.#invariants.reached(environment, breaker.state === 'h', breaker.decidesLocally)
    this.#generations.set(environment.id, breaker.generation)
  }

  ended({ environment, breaker }: Member, outcome: CallOutcome, waitedMs: number, begunAt: number): void {
    if (breaker instanceof WorkflowBreaker) this.#invariants.ended(environment, outcome === 'rejected')
    if (!(breaker instanceof BreakwaterBreaker)) return
    const { overrides } = this.#invariants
    overrides.goesBy(environment, breaker.control)
    if (outcome === 'rejected') overrides.decided(environment, true, begunAt)
    this.#invariants.waited(environment, waitedMs)
    this.#invariants.ended(environment, outcome === 'rejected')
    if (outcome !== 'rejected') return
    // An environment may report calls that its local gate shed as failed.
    if (breaker.state === 's') this.#invariants.settled(environment, breaker.generation)
  }

  event(environment: Environment, event: CircuitEvent): void {
    const invariants = this.#invariants
    if (event.type === 'call') {
      if (event.slow || event.outcome === 'failure') invariants.trouble = true
      const generation = this.#generations.get(environment.id)
      if (generation !== undefined) invariants.settled(environment, generation)
    } else if (event.type === 'store-failure') {
      invariants.tableTroubleAt = this.#engine.now
      invariants.storeFailures.failed(environment, event.kind, this.#conditions.failsFor(environment))
      invariants.note(`${environment.name} cannot use the table: ${event.message}`)
    } else if (event.type === 'control') {
      const breaker = this.#memberOf(environment)?.breaker
      if (breaker instanceof BreakwaterBreaker) invariants.overrides.goesBy(environment, breaker.control)
      invariants.note(`${environment.name} learned ${event.control?.mode ?? 'that no override holds'}`)
    } else if (event.type === 'transition' && event.scope === 'environment') {
      invariants.note(`${environment.name} locally: ${event.from} to ${event.to}, ${event.reason}`)
      const { broken = false } = this.#memberOf(environment) ?? {}
      if (event.to === 'OPEN') this.#measurements.openedLocally(broken)
    } else if (event.type === 'transition' && event.origin === 'here') {
      invariants.announced(environment, event.generation, event.circuit)
    }
  }
}
