import { AsyncLocalStorage } from 'node:async_hooks'
import { TaskError } from '@breakwater/asl'
import type { Timeline } from './timeline.ts'

/** An invocation that may die at any step. */
interface Invocation {
  dead: boolean
  readonly die: (error: Error) => void
}

const invocations = new AsyncLocalStorage<Invocation>()

/** Faults of Lambda calls, as probabilities from 0 to 1. */
export interface CallFaults {
  /** The function dies right before or after a call takes effect. */
  readonly crash: number
  /** The service answers that it is asked too often. */
  readonly throttle: number
  /** The call takes effect, and its answer is lost. */
  readonly lost: number
}

export const noFaults: CallFaults = { crash: 0, throttle: 0, lost: 0 }

/** Runs functions as Lambda does: one that dies takes all that it was about to do with it. */
export class Lambdas {
  readonly #time: Timeline
  readonly #random: () => number
  faults: CallFaults = noFaults

  constructor(time: Timeline, random: () => number) {
    this.#time = time
    this.#random = random
  }

  /** Invokes a function. @throws TaskError Lambda.Unknown where it died, and what it throws. */
  invoke<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const die = (error: Error) => {
        invocation.dead = true
        reject(error)
      }
      const invocation: Invocation = { dead: false, die }
      invocations.run(invocation, () => {
        // As Lambda tells it: what the function threw, by its name.
        work().then(resolve, reject)
      })
    })
  }

  /** One call of a function to the outside: where it dies, and where others fail. */
  async call<T>(
    work: () => Promise<T> | T,
    errors: { throttled: () => Error; lost: () => Error },
  ): Promise<T> {
    const { crash, throttle, lost } = this.faults
    if (this.#happens(throttle)) throw errors.throttled()
    await this.#mayDie(crash / 2)
    const result = await this.#time.hold(work)
    await this.#mayDie(crash / 2)
    if (this.#happens(lost)) throw errors.lost()
    return result
  }

  async #mayDie(chance: number): Promise<void> {
    const invocation = invocations.getStore()
    if (!invocation) return
    if (!invocation.dead && this.#happens(chance)) {
      invocation.die(new TaskError('Lambda.Unknown', 'The function died'))
    }
    // A function that has died does nothing more.
    if (invocation.dead) await new Promise(() => {})
  }

  #happens(chance: number): boolean {
    return chance > 0 && this.#random() < chance
  }
}
