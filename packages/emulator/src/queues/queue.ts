import { randomUUID } from 'node:crypto'
import type { Clock } from '@breakwater/circuit'
import { badValue, checkRange, queueError } from './errors.ts'
import {
  md5OfAttributes,
  type OutgoingMessage,
  type ReceivedMessage,
  readReceiptHandle,
  receiptHandleOf,
  type SentMessage,
  type StoredMessage,
  toReceived,
  toStored,
} from './message.ts'
import { checkOutgoing, Deduplication, SequenceNumbers } from './outgoing.ts'
import type { QueueSettings } from './settings.ts'
import { type QueueCounts, StoredMessages } from './stored-messages.ts'
import { Waiters } from './waiters.ts'

/** A consumer's request. Times are seconds. */
export interface ReceiveRequest {
  /** At most so many, 1 to 10. @default 1 */
  readonly maxMessages?: number
  /** For how long no other consumer gets them, 0 to 43,200. @default the queue's own */
  readonly visibilityTimeout?: number
  /** How long to wait for the first one, 0 to 20. @default the queue's own */
  readonly waitTimeSeconds?: number
  /** Ends the wait. */
  readonly signal?: AbortSignal
}

/** Dependencies of a queue. */
export interface QueueDependencies {
  readonly arn: string
  readonly clock: Clock
  /** Where messages go that were received too often. */
  readonly deadLetters?: () => Queue
}

const maxVisibilitySeconds = 43_200
const purgeEveryMs = 60_000

/**
 * One queue in memory. Everything about time is computed at the call, from the clock; a timer runs only while a consumer
 * waits. Errors are the service's, with its codes.
 *
 * @example
 * const [message] = await queue.receive({ waitTimeSeconds: 20 })
 * if (message) queue.delete(message.receiptHandle)
 */
export class Queue {
  readonly settings: QueueSettings
  readonly arn: string
  readonly createdAt: number
  readonly #clock: Clock
  readonly #deadLetters: (() => Queue) | undefined
  readonly #messages: StoredMessages
  readonly #deduplication = new Deduplication()
  readonly #sequence = new SequenceNumbers()
  readonly #waiters: Waiters<ReceivedMessage>
  #purgedAt = -Infinity
  #closed = false

  constructor(settings: QueueSettings, { arn, clock, deadLetters }: QueueDependencies) {
    this.settings = settings
    this.arn = arn
    this.createdAt = clock.now()
    this.#clock = clock
    this.#deadLetters = deadLetters
    this.#messages = new StoredMessages(clock, settings.retentionSeconds * 1_000)
    this.#waiters = new Waiters(clock, () => this.#messages.nextVisibleAt())
  }

  get name(): string {
    return this.settings.name
  }

  get closed(): boolean {
    return this.#closed
  }

  /**
   * Takes a message in. On a FIFO queue, one whose deduplication id came within the last five minutes is answered as the
   * first one was, and not taken in again.
   *
   * @throws ServiceError with the service's code for a message that the queue refuses.
   */
  send(message: OutgoingMessage): SentMessage {
    const now = this.#clock.now()
    const { fifo, deduplicationScope, delaySeconds } = this.settings
    const deduplicationId = checkOutgoing(this.settings, message)
    const key = deduplicationScope === 'queue' ? deduplicationId : `${message.groupId} ${deduplicationId}`
    const before = fifo ? this.#deduplication.find(key!, now) : undefined
    if (before) return before
    const stored = toStored(message, {
      sentAt: now,
      visibleAt: now + (fifo ? delaySeconds : (message.delaySeconds ?? delaySeconds)) * 1_000,
      deduplicationId,
      sequenceNumber: fifo ? this.#sequence.next() : undefined,
    })
    const { id: messageId, md5OfBody, attributes, sequenceNumber } = stored
    const sent = { messageId, md5OfBody, md5OfAttributes: md5OfAttributes(attributes), sequenceNumber }
    if (fifo) this.#deduplication.remember(key!, sent, now)
    this.#accept(stored)
    return sent
  }

  /**
   * Hands out visible messages, and hides them from other consumers until their visibility timeout ends. Waits for
   * the first one as long as asked.
   *
   * @throws ServiceError InvalidParameterValue for a number that is out of range.
   */
  async receive(request: ReceiveRequest = {}): Promise<readonly ReceivedMessage[]> {
    const { maxMessages = 1, visibilityTimeout = this.settings.visibilityTimeout, signal } = request
    const { waitTimeSeconds = this.settings.waitTimeSeconds } = request
    checkRange('MaxNumberOfMessages', maxMessages, 1, 10)
    checkRange('WaitTimeSeconds', waitTimeSeconds, 0, 20)
    checkRange('VisibilityTimeout', visibilityTimeout, 0, maxVisibilitySeconds)
    if (this.#closed) return []
    const take = () => this.#take(maxMessages, visibilityTimeout * 1_000)
    return this.#waiters.wait(take, waitTimeSeconds * 1_000, signal)
  }

  /**
   * Removes a message for good. A handle that a later receive has replaced removes nothing, as does one of a message that
   * is gone; on a FIFO queue an expired handle is an error.
   *
   * @throws ServiceError ReceiptHandleIsInvalid, or InvalidParameterValue for one that has expired.
   */
  delete(receiptHandle: string): void {
    const { message, receipt } = this.#find(receiptHandle)
    if (!message) return
    const current = message.receipt === receipt
    if (this.settings.fifo && !(current && message.visibleAt > this.#clock.now())) {
      throw badValue('ReceiptHandle', receiptHandle, 'The receipt handle has expired.')
    }
    if (!current) return
    this.#messages.delete(message.id)
    this.#waiters.serve()
  }

  /**
   * Sets how long, from now on, a message in flight stays hidden from other consumers; 0 gives it back at once.
   *
   * @throws ServiceError ReceiptHandleIsInvalid, MessageNotInflight, or InvalidParameterValue.
   */
  changeVisibility(receiptHandle: string, seconds: number): void {
    checkRange('VisibilityTimeout', seconds, 0, maxVisibilitySeconds)
    const now = this.#clock.now()
    const { message, receipt } = this.#find(receiptHandle)
    if (!message) {
      const reason = 'Message does not exist or is not available for visibility timeout change.'
      throw badValue('ReceiptHandle', receiptHandle, reason)
    }
    if (message.receipt !== receipt || message.visibleAt <= now) {
      throw queueError('MessageNotInflight', `The message referred to isn't in flight.`)
    }
    if (now + seconds * 1_000 - message.receivedAt > maxVisibilitySeconds * 1_000) {
      const reason = `Total VisibilityTimeout for the message is beyond the limit [${maxVisibilitySeconds} seconds]`
      throw badValue('VisibilityTimeout', seconds, reason)
    }
    message.visibleAt = now + seconds * 1_000
    this.#waiters.serve()
  }

  /**
   * Removes every message, in flight or not.
   *
   * @throws ServiceError PurgeQueueInProgress within 60 seconds of the last time.
   */
  purge(): void {
    const now = this.#clock.now()
    if (now - this.#purgedAt < purgeEveryMs) {
      const reason = `Only one PurgeQueue operation on ${this.name} is allowed every 60 seconds.`
      throw queueError('PurgeQueueInProgress', reason)
    }
    this.#purgedAt = now
    this.#messages.clear()
  }

  /** How many messages there are now. */
  counts(): QueueCounts {
    return this.#messages.counts()
  }

  /** Ends every wait, with nothing, and all waits to come. */
  close(): void {
    this.#closed = true
    this.#waiters.close()
  }

  #take(maxMessages: number, hiddenMs: number): readonly ReceivedMessage[] {
    const now = this.#clock.now()
    const taken: ReceivedMessage[] = []
    // Behind a message of its group that is delayed or in flight none is handed out.
    const blocked = new Set<string | undefined>()
    for (const message of this.#messages.all()) {
      if (taken.length === maxMessages) break
      if (this.settings.fifo && blocked.has(message.groupId)) continue
      if (message.visibleAt > now) blocked.add(message.groupId)
      else if (!this.#isDead(message)) taken.push(this.#handOut(message, now, hiddenMs))
      else this.#moveToDeadLetters(message, now)
    }
    return taken
  }

  #handOut(message: StoredMessage, now: number, hiddenMs: number): ReceivedMessage {
    message.receives += 1
    message.receivesHere += 1
    message.firstReceivedAt ||= now
    message.receivedAt = now
    message.visibleAt = now + hiddenMs
    message.receipt = randomUUID()
    return toReceived(message, receiptHandleOf(this.name, message))
  }

  #isDead({ receivesHere }: StoredMessage): boolean {
    const { redrive } = this.settings
    return redrive !== undefined && this.#deadLetters !== undefined && receivesHere >= redrive.maxReceiveCount
  }

  #moveToDeadLetters(message: StoredMessage, now: number): void {
    this.#messages.delete(message.id)
    const deadLetters = this.#deadLetters!()
    deadLetters.#accept({
      ...message,
      visibleAt: now,
      receivesHere: 0,
      receipt: undefined,
      deadLetterSource: this.arn,
      // The service lets retention go on on standard queues and begin anew on FIFO queues.
      enqueuedAt: this.settings.fifo ? now : message.enqueuedAt,
      sequenceNumber: this.settings.fifo ? deadLetters.#sequence.next() : undefined,
    })
  }

  #accept(message: StoredMessage): void {
    this.#messages.add(message)
    this.#waiters.serve()
  }

  #find(receiptHandle: string): { message: StoredMessage | undefined; receipt: string | undefined } {
    const { id, receipt } = readReceiptHandle(this.name, receiptHandle)
    return { message: this.#messages.get(id), receipt }
  }
}
