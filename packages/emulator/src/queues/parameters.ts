import type { Input } from '../aws/json-service.ts'
import { badValue, queueError } from './errors.ts'
import type { MessageAttributes, OutgoingMessage } from './message.ts'

/** Refuses what an operation has no such parameter for, or that is not supported here. */
export function checkParameters(input: Input, allowed: readonly string[]): void {
  const unknown = Object.keys(input).find(name => !allowed.includes(name))
  if (unknown !== undefined) {
    throw queueError(
      'UnsupportedOperation',
      `${unknown} is not supported here; supported are ${allowed.join(', ')}.`,
    )
  }
}

export function textAt(input: Input, name: string): string {
  const value = input[name]
  if (typeof value === 'string' && value !== '') return value
  throw queueError('MissingParameter', `The request must contain the parameter ${name}.`)
}

export function numberAt(input: Input, name: string): number | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number') return value
  throw badValue(name, value, 'Must be a number.')
}

export function textsAt(input: Input, name: string): readonly string[] {
  const value = input[name] ?? []
  if (Array.isArray(value) && value.every(text => typeof text === 'string')) return value
  throw badValue(name, value, 'Must be a list of texts.')
}

/** What a SendMessage request, or an entry of a batch of them, says of its message. */
export const messageParameters = [
  'MessageBody',
  'DelaySeconds',
  'MessageAttributes',
  'MessageSystemAttributes',
  'MessageGroupId',
  'MessageDeduplicationId',
]

export function messageOf(input: Input): OutgoingMessage {
  const { MessageBody, MessageAttributes = {}, MessageSystemAttributes = {} } = input
  const optional = {
    delaySeconds: numberAt(input, 'DelaySeconds'),
    groupId: input.MessageGroupId,
    deduplicationId: input.MessageDeduplicationId,
    traceHeader: traceOf(MessageSystemAttributes),
  }
  const given = Object.entries(optional).filter(([, value]) => value !== undefined && value !== null)
  // Whether body and attributes are what they should be is for the queue to say.
  return {
    body: MessageBody as string,
    attributes: (MessageAttributes ?? {}) as MessageAttributes,
    ...Object.fromEntries(given),
  }
}

function traceOf(attributes: unknown): string | undefined {
  const { AWSTraceHeader, ...others } = (attributes ?? {}) as Record<
    string,
    { StringValue?: string } | undefined
  >
  const [unknown] = Object.keys(others)
  if (unknown !== undefined)
    throw badValue('MessageSystemAttributes', unknown, 'Only AWSTraceHeader may be sent.')
  return AWSTraceHeader?.StringValue
}
