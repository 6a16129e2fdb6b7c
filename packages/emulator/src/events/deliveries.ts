import type { Clock } from '@breakwater/circuit'
import type { BusEvent } from '../aws/event.ts'
import type { Rule, Target } from './rule.ts'

/** What is said of a delivery beside its input. */
export interface Delivery {
  readonly rule: { readonly name: string; readonly arn: string }
  readonly event: BusEvent
  /** Counts from 1. */
  readonly attempt: number
  /** For a FIFO queue. */
  readonly messageGroupId: string | undefined
}

/** What a dead-letter queue gets: the event, and why it was not delivered, as message attributes. */
export interface DeadLetter {
  readonly body: string
  readonly attributes: Readonly<Record<string, string>>
}

/** Why an event was given up. */
export type GivenUp = 'retries' | 'age' | 'not-retryable' | 'closed'

/** An event that reached neither its target nor a dead-letter queue. */
export interface Dropped {
  readonly event: BusEvent
  readonly targetArn: string
  readonly why: GivenUp
  /** What the last delivery, or that to the dead-letter queue, failed with. */
  readonly error: unknown
}

/** Whom the courier brings events to. */
export interface CourierOptions {
  readonly deliver: (targetArn: string, input: string, delivery: Delivery) => unknown
  readonly deadLetter?: (queueArn: string, letter: DeadLetter) => unknown
  readonly dropped?: (dropped: Dropped) => void
  readonly clock: Clock
  readonly random: () => number
}

/** The service says only that it waits longer and longer, for up to a day; so do 185 attempts with these. */
const firstRetryMs = 1_000
const lastRetryMs = 480_000

interface Parcel {
  readonly rule: Rule
  readonly target: Target
  readonly event: BusEvent
  readonly ingestedAt: number
  attempt: number
  error: unknown
}

/** Brings events to targets at least once: again and again, and in the end to the dead-letter queue. */
export class Courier {
  readonly #options: CourierOptions
  readonly #waiting = new Map<Parcel, unknown>()
  readonly #underWay = new Set<Promise<void>>()
  #closed = false

  constructor(options: CourierOptions) {
    this.#options = options
  }

  bring(rule: Rule, target: Target, event: BusEvent): void {
    const ingestedAt = this.#options.clock.now()
    this.#start({ rule, target, event, ingestedAt, attempt: 0, error: undefined })
  }

  /** Gives up what waits to be tried again, and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true
    for (const [parcel, timer] of this.#waiting) {
      this.#options.clock.clearTimeout(timer)
      this.#drop(parcel, 'closed', parcel.error)
    }
    this.#waiting.clear()
    await Promise.all(this.#underWay)
  }

  #start(parcel: Parcel): void {
    const trip = this.#try(parcel).finally(() => this.#underWay.delete(trip))
    this.#underWay.add(trip)
  }

  async #try(parcel: Parcel): Promise<void> {
    const { rule, target, event, ingestedAt } = parcel
    parcel.attempt += 1
    try {
      const input = target.input(event, { ruleArn: rule.arn, ruleName: rule.name, ingestedAt })
      const { attempt } = parcel
      const { messageGroupId } = target
      await this.#options.deliver(target.arn, input, { rule, event, attempt, messageGroupId })
    } catch (error) {
      parcel.error = error
      await this.#failed(parcel)
    }
  }

  #failed(parcel: Parcel): Promise<void> | void {
    const { clock, random } = this.#options
    const { target, attempt, ingestedAt, error } = parcel
    if ((error as { retryable?: unknown } | null | undefined)?.retryable === false) {
      return this.#giveUp(parcel, 'not-retryable')
    }
    if (attempt > target.retries) return this.#giveUp(parcel, 'retries')
    const waitMs = Math.min(firstRetryMs * 2 ** (attempt - 1), lastRetryMs) * (0.5 + random() / 2)
    if (clock.now() + waitMs - ingestedAt > target.maxAgeMs) return this.#giveUp(parcel, 'age')
    if (this.#closed) return this.#drop(parcel, 'closed', error)
    const timer = clock.setTimeout(() => {
      this.#waiting.delete(parcel)
      this.#start(parcel)
    }, waitMs)
    this.#waiting.set(parcel, timer)
  }

  async #giveUp(parcel: Parcel, why: GivenUp): Promise<void> {
    const { rule, target, event, attempt, error } = parcel
    const { deadLetter } = this.#options
    if (target.deadLetterArn === undefined || !deadLetter) return this.#drop(parcel, why, error)
    const { name = 'Error', message = '' } = Object(error) as { name?: string; message?: string }
    const exhausted = { retries: 'MaximumRetryAttempts', age: 'MaximumEventAgeInSeconds' }[why as string]
    const attributes = {
      RULE_ARN: rule.arn,
      TARGET_ARN: target.arn,
      ERROR_CODE: String(name || 'Error'),
      ERROR_MESSAGE: String(message) || String(error) || 'unknown',
      RETRY_ATTEMPTS: String(attempt - 1),
      ...(exhausted && { EXHAUSTED_RETRY_CONDITION: exhausted }),
    }
    try {
      await deadLetter(target.deadLetterArn, { body: JSON.stringify(event), attributes })
    } catch (failure) {
      this.#drop(parcel, why, failure)
    }
  }

  #drop({ event, target }: Parcel, why: GivenUp, error: unknown): void {
    try {
      this.#options.dropped?.({ event, targetArn: target.arn, why, error })
    } catch {
      // Whoever is told cannot hurt the other deliveries.
    }
  }
}
