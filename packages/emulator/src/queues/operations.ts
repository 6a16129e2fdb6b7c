import type { Input, Operation } from '../aws/json-service.ts'
import { attributesOf } from './describe-queue.ts'
import { queueError } from './errors.ts'
import { type MessageAttributes, md5OfAttributes, type ReceivedMessage, sizeOf } from './message.ts'
import {
  batch,
  checkParameters,
  entriesOf,
  messageOf,
  messageParameters,
  numberAt,
  textAt,
  textsAt,
} from './parameters.ts'
import type { Queue } from './queue.ts'

/** The queues by name, and how their URLs are made. */
export interface QueueDirectory {
  readonly queues: ReadonlyMap<string, Queue>
  urlOf(name: string): string
}

const receiveParameters = [
  'QueueUrl',
  'AttributeNames',
  'MessageSystemAttributeNames',
  'MessageAttributeNames',
  'MaxNumberOfMessages',
  'VisibilityTimeout',
  'WaitTimeSeconds',
]

/** The actions of the SQS endpoint. */
export function operationsOf(directory: QueueDirectory): Record<string, Operation> {
  return { ...messageOperations(directory), ...queueOperations(directory) }
}

function messageOperations({ queues }: QueueDirectory): Record<string, Operation> {
  const queueAt = (input: Input) => findQueue(queues, input)
  return {
    SendMessage(input) {
      checkParameters(input, ['QueueUrl', ...messageParameters])
      return send(queueAt(input), input)
    },
    SendMessageBatch(input) {
      checkParameters(input, ['QueueUrl', 'Entries'])
      const queue = queueAt(input)
      const bytes = entriesOf(input).reduce((sum, entry) => sum + bytesOf(entry), 0)
      const { maximumMessageSize: maxBytes } = queue.settings
      if (bytes > maxBytes) {
        const reason = `Batch requests cannot be longer than ${maxBytes} bytes. You have sent ${bytes} bytes.`
        throw queueError('BatchRequestTooLong', reason)
      }
      return batch(input, entry => {
        checkParameters(entry, ['Id', ...messageParameters])
        return send(queue, entry)
      })
    },
    async ReceiveMessage(input, signal) {
      checkParameters(input, receiveParameters)
      const queue = queueAt(input)
      const request = {
        maxMessages: numberAt(input, 'MaxNumberOfMessages'),
        visibilityTimeout: numberAt(input, 'VisibilityTimeout'),
        waitTimeSeconds: numberAt(input, 'WaitTimeSeconds'),
      }
      const present = Object.entries(request).filter(([, value]) => value !== undefined)
      const system = [...textsAt(input, 'AttributeNames'), ...textsAt(input, 'MessageSystemAttributeNames')]
      const own = textsAt(input, 'MessageAttributeNames')
      const messages = await queue.receive({ ...Object.fromEntries(present), signal })
      return messages.length === 0 ? {} : { Messages: messages.map(message => shown(message, system, own)) }
    },
    DeleteMessage(input) {
      checkParameters(input, ['QueueUrl', 'ReceiptHandle'])
      queueAt(input).delete(textAt(input, 'ReceiptHandle'))
    },
    DeleteMessageBatch(input) {
      checkParameters(input, ['QueueUrl', 'Entries'])
      const queue = queueAt(input)
      return batch(input, entry => queue.delete(textAt(entry, 'ReceiptHandle')))
    },
    ChangeMessageVisibility(input) {
      checkParameters(input, ['QueueUrl', 'ReceiptHandle', 'VisibilityTimeout'])
      changeVisibility(queueAt(input), input)
    },
    ChangeMessageVisibilityBatch(input) {
      checkParameters(input, ['QueueUrl', 'Entries'])
      const queue = queueAt(input)
      return batch(input, entry => changeVisibility(queue, entry))
    },
  }
}

function queueOperations({ queues, urlOf }: QueueDirectory): Record<string, Operation> {
  const queueAt = (input: Input) => findQueue(queues, input)
  return {
    GetQueueAttributes(input) {
      checkParameters(input, ['QueueUrl', 'AttributeNames'])
      return { Attributes: attributesOf(queueAt(input), textsAt(input, 'AttributeNames')) }
    },
    GetQueueUrl(input) {
      checkParameters(input, ['QueueName', 'QueueOwnerAWSAccountId'])
      const queue = queues.get(textAt(input, 'QueueName'))
      const { QueueOwnerAWSAccountId: owner } = input
      if (queue && (owner === undefined || owner === accountOf(queue))) return { QueueUrl: urlOf(queue.name) }
      throw queueError('QueueDoesNotExist', 'The specified queue does not exist.')
    },
    PurgeQueue(input) {
      checkParameters(input, ['QueueUrl'])
      queueAt(input).purge()
    },
  }
}

/** The queue of a request, by its URL. */
function findQueue(queues: QueueDirectory['queues'], input: Input): Queue {
  const [account, name = '', ...more] = pathOf(textAt(input, 'QueueUrl'))
  const queue = queues.get(name)
  if (queue && account === accountOf(queue) && more.length === 0) return queue
  throw queueError('QueueDoesNotExist', 'The specified queue does not exist.')
}

function send(queue: Queue, input: Input) {
  const sent = queue.send(messageOf(input))
  return {
    MessageId: sent.messageId,
    MD5OfMessageBody: sent.md5OfBody,
    ...(sent.md5OfAttributes !== undefined && { MD5OfMessageAttributes: sent.md5OfAttributes }),
    ...(sent.sequenceNumber !== undefined && { SequenceNumber: sent.sequenceNumber }),
  }
}

/** The size of an entry; one that is no message counts nothing here, and is refused by itself later. */
function bytesOf({ MessageBody, MessageAttributes }: Input): number {
  try {
    return sizeOf(MessageBody as string, (MessageAttributes ?? {}) as MessageAttributes)
  } catch {
    return 0
  }
}

function changeVisibility(queue: Queue, input: Input): void {
  const seconds = numberAt(input, 'VisibilityTimeout')
  if (seconds === undefined) {
    throw queueError('MissingParameter', 'The request must contain the parameter VisibilityTimeout.')
  }
  queue.changeVisibility(textAt(input, 'ReceiptHandle'), seconds)
}

/** A message with the attributes that were asked for. */
function shown(message: ReceivedMessage, systemNames: readonly string[], names: readonly string[]) {
  const isRequested = (name: string) =>
    names.some(
      one =>
        one === 'All' ||
        one === '.*' ||
        one === name ||
        (one.endsWith('.*') && name.startsWith(one.slice(0, -2))),
    )
  const pick = <T>(all: Readonly<Record<string, T>>, test: (name: string) => boolean): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => test(name)))
  const system = pick(message.system, name => systemNames.includes('All') || systemNames.includes(name))
  const attributes = pick(message.attributes, isRequested)
  const md5 = md5OfAttributes(attributes)
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: message.md5OfBody,
    ...(Object.keys(system).length > 0 && { Attributes: system }),
    ...(md5 !== undefined && { MessageAttributes: attributes, MD5OfMessageAttributes: md5 }),
  }
}

function pathOf(url: string): readonly string[] {
  try {
    // A bare path is understood as well, as the service does.
    return new URL(url, 'http://queue').pathname.split('/').slice(1)
  } catch {
    throw queueError('InvalidAddress', `The address ${url} is not valid for this endpoint.`)
  }
}

function accountOf({ arn }: Queue): string | undefined {
  return arn.split(':')[4]
}
