import type { CircuitEvent, CircuitState, TransitionEvent } from '@breakwater/circuit'

/** One change of a circuit's state, as the summary shows it. */
export interface Transition {
  /** Epoch ms. */
  readonly at: number
  readonly circuit: string
  readonly from: CircuitState
  readonly to: CircuitState
  readonly generation: number
  readonly environment: string
  readonly reason: string
}

/** A state and the generation that it began with. */
interface KnownState {
  readonly state: CircuitState
  readonly generation: number
}

const initialState: KnownState = { state: 'CLOSED', generation: 0 }

/**
 * Combines the transition events of all environments for one circuit: which changes were made, and which environments
 * know of them.
 *
 * The environment that makes a change reports it, but may be frozen or killed before it can. The others learn of the
 * change from the store, and their reports count instead.
 */
export class FleetWatch {
  readonly #circuit: string
  /** By generation and environment: a change that two environments report as their own is here twice. */
  readonly #changes = new Map<string, TransitionEvent>()
  readonly #states = new Map<string, KnownState>()
  readonly #awareOfOpening = new Set<string>()
  readonly #listeners: ((transition: Transition) => void)[] = []
  #fleet = initialState

  constructor(circuit: string) {
    this.#circuit = circuit
  }

  /** Takes an event of a circuit; `environment` is undefined for one outside the fleet, such as the gate of workflows. */
  observe(environment: string | undefined, event: CircuitEvent): void {
    if (event.type !== 'transition' || event.circuit !== this.#circuit || event.scope !== 'fleet') return
    const reported = { state: event.to, generation: event.generation }
    if (environment !== undefined) {
      if (event.to === 'OPEN') this.#awareOfOpening.add(environment)
      if (isNewer(reported, this.#states.get(environment))) this.#states.set(environment, reported)
    }
    if (isNewer(reported, this.#fleet)) this.#fleet = reported
    this.#record(event)
  }

  /** Called at every change of the fleet's state, when it is first reported. */
  onTransition(listener: (transition: Transition) => void): void {
    this.#listeners.push(listener)
  }

  /** The changes made, in order. */
  get transitions(): readonly Transition[] {
    const changes = [...this.#changes.values()].sort((a, b) => a.generation - b.generation)
    return changes.map(event => this.#transition(event))
  }

  /** The latest state that any environment has reported. */
  get state(): CircuitState {
    return this.#fleet.state
  }

  get generation(): number {
    return this.#fleet.generation
  }

  /** The latest state that one environment knows. */
  stateIn(environment: string): CircuitState {
    return (this.#states.get(environment) ?? initialState).state
  }

  /** Ids of the environments that have known the circuit to be open. */
  get awareOfOpening(): ReadonlySet<string> {
    return this.#awareOfOpening
  }

  #record(event: TransitionEvent): void {
    const key = `${event.generation} ${event.environment}`
    const before = this.#changes.get(key)
    // The first report of the environment that made the change counts more than those of others.
    if (!before || (before.origin === 'elsewhere' && event.origin === 'here')) this.#changes.set(key, event)
    if (!before) for (const listener of this.#listeners) listener(this.#transition(event))
  }

  #transition({
    at,
    circuit,
    from,
    to,
    generation,
    environment,
    reason,
    origin,
  }: TransitionEvent): Transition {
    const previousState = origin === 'elsewhere' ? this.#stateAt(generation - 1) : undefined
    return { at, circuit, from: previousState ?? from, to, generation, environment, reason }
  }

  /** `from` in another environment's report is what that environment knew, which may be older than the change. */
  #stateAt(generation: number): CircuitState | undefined {
    if (generation === initialState.generation) return initialState.state
    for (const event of this.#changes.values()) if (event.generation === generation) return event.to
    return undefined
  }
}

function isNewer(state: KnownState, before: KnownState = initialState): boolean {
  return state.generation > before.generation
}
