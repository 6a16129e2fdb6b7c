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

/** A state and the number of the change that led to it. */
interface Known {
  readonly state: CircuitState
  readonly generation: number
}

const nothingKnown: Known = { state: 'CLOSED', generation: 0 }

/**
 * Puts together what the environments say of one circuit: which changes were made, and who knows of them.
 *
 * Whoever makes a change tells of it, but may be frozen or killed before it can; the others then learn of
 * it from the store, and what they say of it counts instead.
 */
export class FleetWatch {
  readonly #circuit: string
  /** By generation and maker: a change that two environments claim to have made stands here twice. */
  readonly #changes = new Map<string, TransitionEvent>()
  readonly #known = new Map<string, Known>()
  readonly #knewOpen = new Set<string>()
  readonly #listeners: ((transition: Transition) => void)[] = []
  #fleet = nothingKnown

  constructor(circuit: string) {
    this.#circuit = circuit
  }

  /** Takes in what a circuit in `environment` said; undefined for one of no fleet, such as a gate of workflows. */
  observe(environment: string | undefined, event: CircuitEvent): void {
    if (event.type !== 'transition' || event.circuit !== this.#circuit || event.scope !== 'fleet') return
    const known = { state: event.to, generation: event.generation }
    if (environment !== undefined) {
      if (event.to === 'OPEN') this.#knewOpen.add(environment)
      if (newer(known, this.#known.get(environment))) this.#known.set(environment, known)
    }
    if (newer(known, this.#fleet)) this.#fleet = known
    this.#record(event)
  }

  /** Called at every change of the fleet's state, when it is first heard of. */
  onTransition(listener: (transition: Transition) => void): void {
    this.#listeners.push(listener)
  }

  /** The changes made, in their order. */
  get transitions(): readonly Transition[] {
    const changes = [...this.#changes.values()].sort((a, b) => a.generation - b.generation)
    return changes.map(event => this.#transition(event))
  }

  /** The latest state anybody knows. */
  get state(): CircuitState {
    return this.#fleet.state
  }

  get generation(): number {
    return this.#fleet.generation
  }

  /** What one environment knows. */
  stateIn(environment: string): CircuitState {
    return (this.#known.get(environment) ?? nothingKnown).state
  }

  /** Environments that have known the circuit to be open. */
  get knewOpen(): ReadonlySet<string> {
    return this.#knewOpen
  }

  #record(event: TransitionEvent): void {
    const key = `${event.generation} ${event.environment}`
    const before = this.#changes.get(key)
    // The maker's own words count for more than hearsay, and the first of them most.
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
    const heardFrom = origin === 'elsewhere' ? this.#stateAt(generation - 1) : undefined
    return { at, circuit, from: heardFrom ?? from, to, generation, environment, reason }
  }

  /** Hearsay starts from what the hearer knew before, which may be older than the change. */
  #stateAt(generation: number): CircuitState | undefined {
    if (generation === nothingKnown.generation) return nothingKnown.state
    for (const event of this.#changes.values()) if (event.generation === generation) return event.to
    return undefined
  }
}

function newer(known: Known, before: Known = nothingKnown): boolean {
  return known.generation > before.generation
}
