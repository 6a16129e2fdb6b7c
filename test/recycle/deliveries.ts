import type { Random } from '@breakwater/simulator'
import type { Timeline } from './timeline.ts'

/** Faults of event delivery, as probabilities from 0 to 1, and delays. */
export interface DeliveryFaults {
  readonly lost: number
  readonly doubled: number
  /** The longest delay, in ms; short ones are usual. Long ones change the order. */
  readonly delayMs: number
}

export const reliable: DeliveryFaults = { lost: 0, doubled: 0, delayMs: 1_000 }

/** An event as its producer describes it. */
interface Entry {
  readonly source: string
  readonly detailType: string
  readonly detail: Readonly<Record<string, unknown>>
  readonly resources?: readonly string[]
  readonly at?: number
}

/** As EventBridge and a queue deliver: at least once, mostly, in any order; what fails comes again, five times. */
export class Deliveries {
  readonly #time: Timeline
  readonly #random: Random
  faults: DeliveryFaults = reliable

  constructor(time: Timeline, random: Random) {
    this.#time = time
    this.#random = random
  }

  put(entry: Entry, deliver: (event: unknown) => Promise<unknown>): void {
    const { lost, doubled, delayMs } = this.faults
    if (this.#random.chance(lost)) return
    const { source, detailType, detail, resources = [], at = this.#time.now() } = entry
    const event = {
      version: '0',
      id: String(this.#random.next()),
      'detail-type': detailType,
      source,
      account: '111122223333',
      time: new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'),
      region: 'eu-west-1',
      resources,
      detail,
    }
    const times = this.#random.chance(doubled) ? 2 + this.#random.integer(2) : 1
    for (let copy = 0; copy < times; copy++) {
      const delay = this.#random.next() ** 4 * delayMs
      this.#time.setTimeout(() => void this.#deliver(event, deliver, 1), 200 + delay)
    }
  }

  async #deliver(
    event: unknown,
    deliver: (event: unknown) => Promise<unknown>,
    tries: number,
  ): Promise<void> {
    try {
      await deliver(structuredClone(event))
    } catch {
      // An event that failed five times is in the dead-letter queue; the reconcile must do without it.
      if (tries < 5) this.#time.setTimeout(() => void this.#deliver(event, deliver, tries + 1), 360_000)
    }
  }
}
