import type { Clock } from '@breakwater/circuit'
import type { BusEvent } from '../aws/event.ts'
import type { Rule, Target } from './rule.ts'

/** A delivery, beside its input. */
export interface DeliveryContext {
  readonly rule: { readonly name: string; readonly arn: string }
  readonly event: BusEvent
  /** Counts from 1. */
  readonly attempt: number
  /** For a FIFO queue. */
  readonly messageGroupId: string | undefined
  /** The role that the target is called by, if it has one. */
  readonly roleArn: string | undefined
}

/** A message to a dead-letter queue: the event, and why it was not delivered, as message attributes. */
export interface DeadLetter {
  readonly body: string
  readonly attributes: Readonly<Record<string, string>>
}

/** Why an event was given up. */
export type DropReason = 'retries' | 'age' | 'not-retryable' | 'closed'

/** An event that reached neither its target nor a dead-letter queue. */
export interface DroppedEvent {
  readonly event: BusEvent
  readonly targetArn: string
  readonly reason: DropReason
  /** The error of the last delivery, or of that to the dead-letter queue. */
  readonly error: unknown
}

/** Options of {@link TargetDeliveries}. */
export interface DeliveryOptions {
  readonly deliver: (targetArn: string, input: string, delivery: DeliveryContext) => unknown
  readonly deadLetter?: (queueArn: string, letter: DeadLetter) => unknown
  readonly dropped?: (dropped: DroppedEvent) => void
  readonly clock: Clock
  readonly random: () => number
}

/** The service says only that it waits longer and longer, for up to a day; so do 185 attempts with these. */
const firstRetryMs = 1_000
const lastRetryMs = 480_000

interface PendingDelivery {
  readonly rule: Rule
  readonly target: Target
  readonly event: BusEvent
  readonly ingestedAt: number
  attempt: number
  error: unknown
}

/** Delivers events to targets at least once: tries again, and in the end sends them to the dead-letter queue. */
export class TargetDeliveries {
  readonly #options: DeliveryOptions
  readonly #waiting = new Map<PendingDelivery, unknown>()
  readonly #underWay = new Set<Promise<void>>()
  #closed = false

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  begin(rule: Rule, target: Target, event: BusEvent): void {
    const ingestedAt = this.#options.clock.now()
    this.#start({ rule, target, event, ingestedAt, attempt: 0, error: undefined })
  }

  /** Drops deliveries that wait to be tried again, and waits for those under way. */
  async close(): Promise<void> {
    this.#closed = true
    for (const [pending, timer] of this.#waiting) {
      this.#options.clock.clearTimeout(timer)
      this.#drop(pending, 'closed', pending.error)
    }
    this.#waiting.clear()
    await Promise.all(this.#underWay)
  }

  #start(pending: PendingDelivery): void {
    const trip = this.#try(pending).finally(() => this.#underWay.delete(trip))
    this.#underWay.add(trip)
  }

  async #try(pending: PendingDelivery): Promise<void> {
    const { rule, target, event, ingestedAt } = pending
    pending.attempt += 1
    try {
      const input = target.input(event, { ruleArn: rule.arn, ruleName: rule.name, ingestedAt })
      const { attempt } = pending
      const { messageGroupId, roleArn } = target
      await this.#options.deliver(target.arn, input, { rule, event, attempt, messageGroupId, roleArn })
    } catch (error) {
      pending.error = error
      await this.#failed(pending)
    }
  }

  #failed(pending: PendingDelivery): Promise<void> | void {
    const { clock, random } = this.#options
    const { target, attempt, ingestedAt, error } = pending
    if ((error as { retryable?: unknown } | null | undefined)?.retryable === false) {
      return this.#giveUp(pending, 'not-retryable')
    }
    if (attempt > target.retries) return this.#giveUp(pending, 'retries')
    const waitMs = Math.min(firstRetryMs * 2 ** (attempt - 1), lastRetryMs) * (0.5 + random() / 2)
    if (clock.now() + waitMs - ingestedAt > target.maxAgeMs) return this.#giveUp(pending, 'age')
    if (this.#closed) return this.#drop(pending, 'closed', error)
    const timer = clock.setTimeout(() => {
      this.#waiting.delete(pending)
      this.#start(pending)
    }, waitMs)
    this.#waiting.set(pending, timer)
  }

  async #giveUp(pending: PendingDelivery, reason: DropReason): Promise<void> {
    const { rule, target, event, attempt, error } = pending
    const { deadLetter } = this.#options
    if (target.deadLetterArn === undefined || !deadLetter) return this.#drop(pending, reason, error)
    const { name = 'Error', message = '' } = Object(error) as { name?: string; message?: string }
    const exhausted = { retries: 'MaximumRetryAttempts', age: 'MaximumEventAgeInSeconds' }[reason as string]
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
      this.#drop(pending, reason, failure)
    }
  }

  #drop({ event, target }: PendingDelivery, reason: DropReason, error: unknown): void {
    try {
      this.#options.dropped?.({ event, targetArn: target.arn, reason, error })
    } catch {
      // An error of the callback must not hurt the other deliveries.
    }
  }
}
