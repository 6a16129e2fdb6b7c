import type { Environment, Outcome } from './environment.ts'

/** How an invocation ended, or why it never began. */
export type InvocationOutcome =
  | Outcome
  /** Too many were waiting already. */
  | { readonly kind: 'throttled' }
  /** It waited too long for an environment. */
  | { readonly kind: 'expired' }

/** Options of a {@link Scheduler}. */
export interface SchedulerOptions {
  /** Starts an environment, whose `number` counts from 1. */
  readonly start: (number: number) => Promise<Environment>
  /** Most environments at a time: the function's reserved concurrency. */
  readonly maxEnvironments: number
  /** Most invocations that may wait for an environment. @default 10_000 */
  readonly maxWaiting?: number
  /** How long one may wait, in ms; with the function's own timeout it makes up API Gateway's 29 s. @default 26_000 */
  readonly maxWaitMs?: number
}

interface Waiting {
  readonly event: string
  readonly expiry: NodeJS.Timeout
  readonly resolve: (outcome: InvocationOutcome) => void
}

/**
 * Hands invocations to environments as Lambda does: one at a time to each, the most recently used first,
 * and a new environment whenever an invocation finds none free, up to a maximum. Further invocations wait.
 */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #environments = new Set<Environment>()
  /** A stack: the environment used last is on top, so that the others may rest. */
  readonly #idle: Environment[] = []
  /** Ordered by arrival. A set, because expired invocations leave from the middle. */
  readonly #waiting = new Set<Waiting>()
  #starting = 0
  #started = 0
  #closed = false

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  /** Environments that are alive and past their init phase. */
  get environments(): ReadonlySet<Environment> {
    return this.#environments
  }

  /** Environments ever started. */
  get started(): number {
    return this.#started
  }

  /** Starts environments ahead of any call (Lambda's provisioned concurrency). */
  async warm(count: number): Promise<void> {
    const missing = count - this.#environments.size - this.#starting
    await Promise.all(Array.from({ length: missing }, () => this.#startOne()))
  }

  /** Runs one invocation; never rejects. */
  invoke(event: string): Promise<InvocationOutcome> {
    const { maxWaiting = 10_000, maxWaitMs = 26_000 } = this.#options
    return new Promise(resolve => {
      if (this.#closed || this.#waiting.size >= maxWaiting) return resolve({ kind: 'throttled' })
      const expiry = setTimeout(() => this.#take(waiting).resolve({ kind: 'expired' }), maxWaitMs)
      const waiting: Waiting = { event, expiry, resolve }
      this.#waiting.add(waiting)
      this.#dispatch()
    })
  }

  /** Ends every environment. Invocations that wait are answered as throttled. */
  async close(): Promise<void> {
    this.#closed = true
    for (const waiting of this.#waiting) this.#take(waiting).resolve({ kind: 'throttled' })
    await Promise.all([...this.#environments].map(environment => environment.stop()))
  }

  #dispatch(): void {
    if (this.#closed) return
    for (const waiting of this.#waiting) {
      const environment = this.#idle.pop()
      if (!environment) break
      this.#run(environment, this.#take(waiting))
    }
    const room = this.#options.maxEnvironments - this.#environments.size - this.#starting
    const toStart = Math.min(room, this.#waiting.size - this.#starting)
    for (let i = 0; i < toStart; i += 1) this.#startForWaiting()
  }

  #take(waiting: Waiting): Waiting {
    clearTimeout(waiting.expiry)
    this.#waiting.delete(waiting)
    return waiting
  }

  async #run(environment: Environment, waiting: Waiting): Promise<void> {
    const outcome = await environment.invoke(waiting.event)
    if (environment.alive) this.#idle.push(environment)
    else this.#environments.delete(environment)
    waiting.resolve(outcome)
    this.#dispatch()
  }

  async #startForWaiting(): Promise<void> {
    try {
      await this.#startOne()
    } catch (error) {
      // The oldest invocation that waits gets the error, so that a function that cannot start
      // answers every call, and not none.
      const [oldest] = this.#waiting
      const errorMessage = error instanceof Error ? error.message : String(error)
      const crashed = { kind: 'crashed', error: { errorType: 'InitError', errorMessage, trace: [] } } as const
      if (oldest) this.#take(oldest).resolve(crashed)
      this.#dispatch()
    }
  }

  async #startOne(): Promise<void> {
    this.#starting += 1
    this.#started += 1
    let environment: Environment
    try {
      environment = await this.#options.start(this.#started)
    } finally {
      this.#starting -= 1
    }
    if (this.#closed) return environment.stop()
    this.#environments.add(environment)
    this.#idle.push(environment)
    this.#dispatch()
  }
}
