import { ServiceError } from '../aws/json-service.ts'

/** Names the old query protocol has for errors whose names differ; clients get both. */
const queryCodes: Record<string, string> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  PurgeQueueInProgress: 'AWS.SimpleQueueService.PurgeQueueInProgress',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
}

/** Not in SQS's own model, but common to AWS's services. */
const common = [
  'InvalidParameterValue',
  'MissingParameter',
  'UnknownOperationException',
  'SerializationException',
]

/** An error of the service, by the code it has there. */
export function queueError(code: string, message: string): ServiceError {
  return new ServiceError(code, message)
}

/** A parameter whose value is not allowed, in the service's words. */
export function badValue(name: string, value: unknown, reason: string): ServiceError {
  return queueError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`,
  )
}

/** @throws ServiceError InvalidParameterValue for a number that is not whole, or out of range. */
export function checkRange(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw badValue(name, value, `Must be between ${min} and ${max}, if provided.`)
}

/** How an error is written in the protocol: its full type, and its name in the old query protocol. */
export function describe({ code, status }: ServiceError) {
  const space = common.includes(code) || status >= 500 ? 'com.amazon.coral.service' : 'com.amazonaws.sqs'
  const side = status < 500 ? 'Sender' : 'Receiver'
  return {
    type: `${space}#${code}`,
    headers: { 'x-amzn-query-error': `${queryCodes[code] ?? code};${side}` },
  }
}
