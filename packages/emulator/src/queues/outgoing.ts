import { createHash } from 'node:crypto'
import { badValue, queueError } from './errors.ts'
import {
  isBinary,
  type MessageAttribute,
  type MessageAttributes,
  type OutgoingMessage,
  type SentMessage,
  sizeOf,
} from './message.ts'
import type { QueueSettings } from './settings.ts'

/** Characters that XML 1.0 does not allow, which SQS refuses; as it does halves of surrogate pairs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

const maxAttributes = 10

const wrongKind = 'The request include parameter that is not valid for this queue type'

/** Throws the service's error for a message that it refuses. Returns the deduplication id, on a FIFO queue. */
export function checkOutgoing(queue: QueueSettings, message: OutgoingMessage): string | undefined {
  const { body, attributes = {}, delaySeconds } = message
  if (typeof body !== 'string' || body === '') throw missing('MessageBody')
  if (forbidden.test(body) || !body.isWellFormed()) {
    throw queueError('InvalidMessageContents', 'The body has characters that XML 1.0 does not allow.')
  }
  checkAttributes(attributes)
  const { maximumMessageSize: maxBytes } = queue
  if (sizeOf(body, attributes) > maxBytes) {
    const reason = `One or more parameters are invalid. Reason: Message must be shorter than ${maxBytes} bytes.`
    throw queueError('InvalidParameterValue', reason)
  }
  if (
    delaySeconds !== undefined &&
    !(Number.isInteger(delaySeconds) && delaySeconds >= 0 && delaySeconds <= 900)
  ) {
    throw badValue('DelaySeconds', delaySeconds, 'DelaySeconds must be >= 0 and <= 900.')
  }
  return queue.fifo ? deduplicationId(queue, message) : onStandard(message)
}

function deduplicationId(queue: QueueSettings, message: OutgoingMessage): string {
  const { body, delaySeconds, groupId, deduplicationId } = message
  // The service refuses any delay of a message here, even none: delays belong to the whole queue.
  if (delaySeconds !== undefined && delaySeconds !== 0)
    throw badValue('DelaySeconds', delaySeconds, wrongKind)
  if (groupId === undefined) throw missing('MessageGroupId')
  checkId('MessageGroupId', groupId)
  if (deduplicationId !== undefined) return checkId('MessageDeduplicationId', deduplicationId)
  if (queue.contentBasedDeduplication) return createHash('sha256').update(body).digest('hex')
  const reason =
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly'
  throw queueError('InvalidParameterValue', reason)
}

/** A group on a standard queue makes it fair, and orders nothing. */
function onStandard({ groupId, deduplicationId }: OutgoingMessage): undefined {
  if (groupId !== undefined) checkId('MessageGroupId', groupId)
  if (deduplicationId !== undefined) throw badValue('MessageDeduplicationId', deduplicationId, wrongKind)
}

function checkId(name: string, id: string): string {
  if (typeof id === 'string' && /^[!-~]{1,128}$/.test(id)) return id
  throw badValue(
    name,
    id,
    `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  )
}

function checkAttributes(attributes: MessageAttributes): void {
  const entries = Object.entries(attributes)
  if (entries.length > maxAttributes) {
    const reason = `Number of message attributes [${entries.length}] exceeds the allowed maximum [${maxAttributes}].`
    throw queueError('InvalidParameterValue', reason)
  }
  for (const [name, attribute] of entries) {
    if (!/^(?!aws\.|amazon\.)(?!\.)(?!.*\.\.)(?!.*\.$)[\w.-]{1,256}$/i.test(name)) {
      throw badValue(
        'MessageAttributes',
        name,
        'letters, digits, _, - and single periods; not AWS. or Amazon.',
      )
    }
    checkAttribute(name, attribute)
  }
}

function checkAttribute(name: string, attribute: MessageAttribute): void {
  const { DataType, StringValue, BinaryValue, ...others } = attribute ?? {}
  const bad = (what: string) =>
    queueError('InvalidParameterValue', `The message attribute '${name}' ${what}.`)
  const [unsupported] = Object.keys(others)
  if (unsupported !== undefined) throw bad(`has ${unsupported}, which is not supported`)
  if (typeof DataType !== 'string' || !/^(String|Number|Binary)(\..+)?$/.test(DataType)) {
    throw bad(
      `has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String`,
    )
  }
  const [value, other] = isBinary(attribute) ? [BinaryValue, StringValue] : [StringValue, BinaryValue]
  if (typeof value !== 'string' || value === '' || other !== undefined) {
    throw bad(`must contain a non-empty value of its type ${DataType}, and no other`)
  }
  if (DataType.startsWith('Number') && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) {
    throw bad('should be a number')
  }
}

function missing(name: string) {
  return queueError('MissingParameter', `The request must contain the parameter ${name}.`)
}

/** For how long the service takes a message of the same id for the same message. */
const deduplicationMs = 300_000

/** The messages that a FIFO queue has accepted in the last five minutes. */
export class Deduplication {
  /** Oldest first. */
  readonly #accepted = new Map<string, { readonly at: number; readonly sent: SentMessage }>()

  /** The answer to the first message of this id; undefined if there was none. */
  find(key: string, now: number): SentMessage | undefined {
    for (const [id, { at }] of this.#accepted) {
      if (now - at < deduplicationMs) break
      this.#accepted.delete(id)
    }
    return this.#accepted.get(key)?.sent
  }

  remember(key: string, sent: SentMessage, now: number): void {
    this.#accepted.set(key, { at: now, sent })
  }
}

/** The sequence numbers of a FIFO queue: they have 20 digits. */
export class SequenceNumbers {
  #last = 18_850_000_000_000_000_000n

  next(): string {
    this.#last += 256n
    return String(this.#last)
  }
}
