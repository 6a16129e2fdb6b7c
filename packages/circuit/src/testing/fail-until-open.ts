import type { Circuit } from '../circuit.ts'
import type { VirtualClock } from './virtual-clock.ts'

const stepMs = 100
const maxSteps = 3_000

const fails = async (): Promise<never> => {
  throw new Error('down')
}

/**
 * Makes failing calls through circuits that share their state, 100 ms apart, until the circuit is open for the fleet and
 * each of them knows: for tests of what several environments do. One environment that fails alone is not enough, as it
 * opens the circuit for itself alone (`status().scope` is `environment`).
 *
 * @param circuits one for each environment: the same name and `store`, and an `environment` of its own.
 * @param clock the clock of all of them.
 * @param call what is called. @default throws an Error, which the default `classify` counts as a failure
 * @throws Error where it is not open after five minutes of the clock.
 * @example
 * const [a, b] = ['a', 'b'].map(environment => new Circuit('payments', { store, clock, environment }))
 * await failUntilOpen([a, b], clock)
 * await expect(b.run(charge)).rejects.toMatchObject({ scope: 'fleet' })
 */
export async function failUntilOpen(
  circuits: readonly Pick<Circuit, 'run' | 'status'>[],
  clock: Pick<VirtualClock, 'advance'>,
  call: () => Promise<unknown> = fails,
): Promise<void> {
  const isOpen = (circuit: Pick<Circuit, 'status'>) => {
    const { state, scope } = circuit.status()
    return state === 'OPEN' && scope === 'fleet'
  }
  for (let step = 0; step < maxSteps; step++) {
    for (const circuit of circuits) await circuit.run(call).catch(() => {})
    if (circuits.every(isOpen)) return
    await clock.advance(stepMs)
  }
  throw new Error('failUntilOpen: still closed after five minutes; do the circuits share a store and a name?')
}
