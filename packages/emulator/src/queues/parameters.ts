import { type Input, ServiceError } from '../aws/json-service.ts'
import { badValue, queueError } from './errors.ts'
import type { MessageAttributes, OutgoingMessage } from './message.ts'

/** Refuses parameters that the operation does not have, or that are not supported here. */
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

/** The parameters of a message, in a SendMessage request or an entry of its batch. */
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
  const present = Object.entries(optional).filter(([, value]) => value !== undefined && value !== null)
  // The queue checks body and attributes.
  return {
    body: MessageBody as string,
    attributes: (MessageAttributes ?? {}) as MessageAttributes,
    ...Object.fromEntries(present),
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

const maxEntries = 10

/** The answer to a batch: each entry by itself, done or not. */
export interface BatchAnswer {
  readonly Successful: readonly object[]
  readonly Failed: readonly object[]
}

/** The entries of a batch request, checked as the service checks them before it does anything. */
export function entriesOf({ Entries = [] }: Input): readonly (Input & { readonly Id: string })[] {
  if (!Array.isArray(Entries) || Entries.length === 0) {
    throw queueError('EmptyBatchRequest', 'There should be at least one entry in the request.')
  }
  if (Entries.length > maxEntries) {
    const reason = `Maximum number of entries per request are ${maxEntries}. You have sent ${Entries.length}.`
    throw queueError('TooManyEntriesInBatchRequest', reason)
  }
  const ids = new Set<unknown>()
  for (const entry of Entries) {
    const id: unknown = entry?.Id
    if (typeof id !== 'string' || !/^[\w-]{1,80}$/.test(id)) {
      const reason =
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.'
      throw queueError('InvalidBatchEntryId', reason)
    }
    if (ids.has(id)) throw queueError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`)
    ids.add(id)
  }
  return Entries
}

/** Runs each entry of a batch; one that fails does not stop the others. */
export function batch(input: Input, act: (entry: Input) => unknown): BatchAnswer {
  const Successful: object[] = []
  const Failed: object[] = []
  for (const entry of entriesOf(input)) {
    try {
      Successful.push({ Id: entry.Id, ...(act(entry) as object | undefined) })
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      Failed.push({ Id: entry.Id, SenderFault: error.status < 500, Code: error.code, Message: error.message })
    }
  }
  return { Successful, Failed }
}
