import type { VirtualClock } from '@breakwater/circuit/testing'
import { Queue } from './queue.ts'
import { settingsOf } from './settings.ts'

export const arnOf = (name: string) => `arn:aws:sqs:eu-west-1:123456789012:${name}`

/** A queue with its properties, and its dead-letter queue if it is given one. */
export function makeQueue(
  clock: VirtualClock,
  name: string,
  properties: object = {},
  deadLetters?: Queue,
): Queue {
  const fifo = name.endsWith('.fifo') ? { FifoQueue: true } : {}
  const settings = settingsOf(name, { ...fifo, ...properties })
  return new Queue(settings, {
    arn: arnOf(name),
    clock,
    ...(deadLetters && { deadLetters: () => deadLetters }),
  })
}

/** The RedrivePolicy to that queue. */
export const redriveTo = (name: string, maxReceiveCount: number) => ({
  RedrivePolicy: { deadLetterTargetArn: arnOf(name), maxReceiveCount },
})

/** Receives up to 10 at once. */
export const receiveAll = (queue: Queue) => queue.receive({ maxMessages: 10, waitTimeSeconds: 0 })

/** Bodies of the messages that can be received. */
export const bodies = async (queue: Queue) => (await receiveAll(queue)).map(({ body }) => body)
