import { Circuit, type CircuitEvent, type CircuitOptions } from './index.ts'
import { MemoryStore } from './shared/index.ts'
import { FaultyStore, type StoreFault, VirtualClock } from './testing/index.ts'

/** What a dependency does to a call: answers, or throws. */
export const works = async () => 'answer'
export const fails = async (): Promise<never> => {
  throw new Error('down')
}

/** A call that ends only when its signal says so. */
export const hangs = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

/** Repeatable chance. */
export function chance(seed = 1): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Several environments that share one circuit through one store, under one virtual clock. */
export class TestFleet {
  readonly clock = new VirtualClock()
  readonly store = new FaultyStore(new MemoryStore(), this.clock)
  readonly random = chance()
  readonly environments: Circuit[] = []
  readonly events: (CircuitEvent & { readonly in: string })[] = []
  readonly options: CircuitOptions

  constructor(size: number, options: CircuitOptions = {}) {
    this.options = options
    for (let index = 0; index < size; index++) this.start()
  }

  /** Starts one more environment. */
  start(options: CircuitOptions = {}): Circuit {
    const environment = `env-${this.environments.length}`
    const { store, random } = this
    // An environment has timers of its own, though all go by one time.
    const clock = { ...this.clock }
    const circuit = new Circuit('payments', {
      clock,
      store,
      random,
      environment,
      ...this.options,
      ...options,
    } as CircuitOptions)
    circuit.on(event => this.events.push({ ...event, in: environment }))
    this.environments.push(circuit)
    return circuit
  }

  /** Transitions of the shared state, each as its generation and new state, reported by the environment that made it. */
  get transitions(): string[] {
    return this.events.flatMap(event =>
      event.type === 'transition' && event.scope === 'fleet' && event.origin === 'here'
        ? [`${event.generation} ${event.to}`]
        : [],
    )
  }

  /** Sends calls round robin, one every `everyMs`, and says how many reached the dependency. */
  async play(
    ms: number,
    everyMs: number,
    call: (environment: number) => Promise<unknown>,
    among: readonly Circuit[] = this.environments,
  ): Promise<number> {
    let reached = 0
    for (let at = 0, next = 0; at < ms; at += everyMs, next++) {
      const index = next % among.length
      const settled = among[index]!.run(() => {
        reached++
        return call(index)
      })
      settled.catch(() => {})
      await this.clock.advance(everyMs)
    }
    return reached
  }

  /** Lets every environment fail until the whole fleet is open. */
  async open(): Promise<void> {
    // A small fleet that sheds by its own gates needs a few intervals until its reports say enough.
    for (let second = 0; second < 30 && this.transitions.length === 0; second++)
      await this.play(1_000, 10, fails)
    for (const circuit of this.environments) await circuit.refresh()
  }
}

/** An open circuit of a fleet whose open time is over in a while, while its table half-works. */
export async function openFleet(size: number, fault: StoreFault): Promise<TestFleet> {
  const fleet = new TestFleet(size)
  await fleet.open()
  fleet.store.fail(fault)
  fleet.events.length = 0
  return fleet
}
