import type { Clock } from '@breakwater/circuit'
import { GatewayError } from './gateway-response.ts'

/** Work under way, each with a time limit; all of it can be ended at once. */
export class Deadlines {
  readonly #clock: Clock
  readonly #ends = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Runs `work`, whose signal is aborted when its time is up; a later answer is dropped.
   *
   * @throws GatewayError INTEGRATION_TIMEOUT when the time is up, or at {@link endAll}.
   */
  run<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController()
    return new Promise<T>((resolve, reject) => {
      const end = () => {
        settled()
        const error = new GatewayError('INTEGRATION_TIMEOUT')
        reject(error)
        controller.abort(error)
      }
      const settled = () => {
        this.#clock.clearTimeout(timer)
        this.#ends.delete(end)
      }
      const timer = this.#clock.setTimeout(end, limitMs)
      this.#ends.add(end)
      work(controller.signal).then(resolve, reject).finally(settled)
    })
  }

  endAll(): void {
    for (const end of this.#ends) end()
  }
}
