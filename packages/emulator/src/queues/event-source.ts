import { type Clock, systemClock } from '@breakwater/circuit'
import {
  aFunction,
  anObject,
  type Checks,
  checkOptions,
  checkValue,
  numberBetween,
  objectWith,
  required,
  text,
} from '@breakwater/circuit/shared'
import { aClock } from '../aws/checks.ts'
import { flagOf } from '../aws/properties.ts'
import { gather } from './gather.ts'
import { concurrencyOf, type Mapping, mappingOf } from './mapping.ts'
import type { ReceivedMessage } from './message.ts'
import type { Queue } from './queue.ts'
import { failuresOf, type SqsEvent, sqsEventOf } from './sqs-event.ts'

/** Options of {@link createEventSource}. */
export interface EventSourceOptions {
  /** Logical id of the mapping, for errors. @default 'EventSourceMapping' */
  readonly name?: string
  /** Properties of the AWS::Lambda::EventSourceMapping, references resolved. */
  readonly mapping: unknown
  readonly queue: Queue
  /** Runs the function. If it throws or rejects, the whole batch stays in the queue. */
  readonly invoke: (event: SqsEvent) => unknown
  /** Called with the error of a batch that failed as a whole. @default the error is dropped */
  readonly failed?: (error: unknown, event: SqsEvent) => void
  /** The function's timeout; the queue's visibility timeout may not be shorter. @default not checked */
  readonly functionTimeoutSeconds?: number
  /** @default the machine's */
  readonly clock?: Clock
}

const checks: Checks<EventSourceOptions> = {
  name: text,
  mapping: required(anObject),
  queue: required(objectWith('a Queue', 'receive', 'delete', 'changeVisibility')),
  invoke: required(aFunction),
  failed: aFunction,
  functionTimeoutSeconds: numberBetween(0, 900),
  clock: aClock,
}

/** The changes that UpdateEventSourceMapping may make while the mapping runs. */
export interface EventSourceUpdate {
  readonly Enabled?: boolean
  /** `{}` takes the limit away. */
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number }
}

/** An event source mapping at work. */
export interface EventSource {
  readonly enabled: boolean
  readonly maximumConcurrency: number | undefined
  /** Invocations that are under way. */
  readonly concurrency: number
  /**
   * Pauses, goes on, or sets how many invocations there may be at a time. Messages received before a pause are still
   * brought to the function.
   *
   * @throws TypeError naming the property that is wrong.
   */
  update(change: EventSourceUpdate): void
  /** Stops receiving, gives back messages that no invocation has begun with, and waits for invocations under way. */
  close(): Promise<void>
}

/** How many invocations Lambda begins with on a busy queue; it would go up to 1,250 in time. */
const defaultConcurrency = 5

/**
 * Brings a queue's messages to a function, as Lambda does: in batches, several at a time, a FIFO group in order and one
 * batch at a time. Messages of a batch that went well are deleted; those that failed become visible again after their
 * timeout.
 *
 * @throws TypeError naming the option, or the property of the mapping, that is wrong or not supported.
 * @example
 * const source = createEventSource({ mapping: { BatchSize: 5 }, queue, invoke: event => handler(event, context) })
 * source.update({ Enabled: false }) // while a circuit is open
 */
export function createEventSource(options: EventSourceOptions): EventSource {
  const owner = 'createEventSource'
  const {
    name = 'EventSourceMapping',
    queue,
    clock = systemClock,
    functionTimeoutSeconds: timeout,
  } = checkOptions(owner, options, checks)
  const mapping = mappingOf(name, options.mapping, queue)
  checkValue(owner, 'functionTimeoutSeconds', timeout, {
    allowed: `at most ${queue.settings.visibilityTimeout}, the visibility timeout of ${queue.name}`,
    good: seconds => (seconds as number) <= queue.settings.visibilityTimeout,
  })
  return new Poller(mapping, { ...options, name, clock })
}

type PollerOptions = EventSourceOptions & { readonly name: string; readonly clock: Clock }

class Poller implements EventSource {
  readonly #mapping: Mapping
  readonly #options: PollerOptions
  readonly #invocations = new Set<Promise<void>>()
  #enabled: boolean
  #maximumConcurrency: number | undefined
  #closed = false
  /** Ends the wait for messages, where there is one. */
  #waiting: AbortController | undefined
  /** Goes on only as long as there is something to wait for. */
  #loop: Promise<void> | undefined

  constructor(mapping: Mapping, options: PollerOptions) {
    this.#mapping = mapping
    this.#options = options
    this.#enabled = mapping.enabled
    this.#maximumConcurrency = mapping.maximumConcurrency
    this.#start()
  }

  get enabled(): boolean {
    return this.#enabled
  }

  get maximumConcurrency(): number | undefined {
    return this.#maximumConcurrency
  }

  get concurrency(): number {
    return this.#invocations.size
  }

  update({ Enabled, ScalingConfig }: EventSourceUpdate): void {
    const { name } = this.#options
    const enabled = flagOf(`${name}.Enabled`, Enabled, this.#enabled)
    if (ScalingConfig !== undefined) {
      const { MaximumConcurrency } = ScalingConfig
      this.#maximumConcurrency = concurrencyOf(`${name}.ScalingConfig.MaximumConcurrency`, MaximumConcurrency)
    }
    this.#enabled = enabled
    if (!enabled) this.#waiting?.abort()
    this.#start()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#waiting?.abort()
    await this.#loop
    await Promise.all(this.#invocations)
  }

  get #mayReceive(): boolean {
    return (
      this.#enabled && !this.#closed && this.concurrency < (this.#maximumConcurrency ?? defaultConcurrency)
    )
  }

  #start(): void {
    if (this.#loop || !this.#mayReceive) return
    this.#loop = this.#poll().finally(() => {
      this.#loop = undefined
      this.#start()
    })
  }

  async #poll(): Promise<void> {
    const { queue, clock } = this.#options
    while (this.#mayReceive) {
      this.#waiting = new AbortController()
      const messages = await gather(queue, this.#mapping, clock, this.#waiting.signal)
      this.#waiting = undefined
      // A closed queue answers at once, for ever.
      if (queue.closed) this.#closed = true
      if (messages.length === 0) continue
      if (this.#closed) return this.#giveBack(messages)
      const invocation = this.#invoke(messages).finally(() => {
        this.#invocations.delete(invocation)
        this.#start()
      })
      this.#invocations.add(invocation)
    }
  }

  async #invoke(messages: readonly ReceivedMessage[]): Promise<void> {
    const { queue, invoke } = this.#options
    const event = sqsEventOf(queue, messages)
    try {
      const answer = await invoke(event)
      const failures = this.#mapping.reportsFailures ? failuresOf(answer, event) : new Set<string>()
      if (!failures) throw new Error('The answer reports batch item failures in a way that is not understood')
      this.#remove(messages.filter(({ messageId }) => !failures.has(messageId)))
    } catch (error) {
      this.#reportFailure(error, event)
    }
  }

  #remove(messages: readonly ReceivedMessage[]): void {
    for (const { receiptHandle } of messages) {
      try {
        this.#options.queue.delete(receiptHandle)
      } catch {
        // On a FIFO queue a handle expires with its timeout: the message comes again.
      }
    }
  }

  #giveBack(messages: readonly ReceivedMessage[]): void {
    for (const { receiptHandle } of messages) {
      try {
        this.#options.queue.changeVisibility(receiptHandle, 0)
      } catch {
        // No longer in flight: its time was up meanwhile.
      }
    }
  }

  #reportFailure(error: unknown, event: SqsEvent): void {
    try {
      this.#options.failed?.(error, event)
    } catch {
      // An error of the callback must not hurt the other batches.
    }
  }
}
