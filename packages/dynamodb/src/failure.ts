import { isStoreError, StoreError } from '@breakwater/circuit'
import { type Item, tableKeys } from './schema.ts'

/** An error of the SDK, a socket or the module loader: the fields that are read. */
interface AnyError {
  readonly name?: string
  readonly code?: unknown
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const timedOut = /abort|timed?out/i
const throttled = /Throttl|Exceeded/
const identity = /Client|Signature|Token|Credentials/

/**
 * True for the refusal of a conditional write: an answer, not a failure.
 *
 * @example
 * if (!isConditionFailed(error)) throw error
 */
export function isConditionFailed(error: unknown): error is { readonly Item?: Item } {
  return (error as AnyError | undefined)?.name === 'ConditionalCheckFailedException'
}

/** True if the connection broke, as a kept-alive connection does while the environment is frozen. */
export function isReset(error: unknown): boolean {
  return /^(ECONNRESET|EPIPE)$/.test(`${(error as AnyError | undefined)?.code}`)
}

/** Classifies an error and, where an operator must act, says what to check. Never quotes an item. */
export function storeError(error: unknown, operation: string, tableName: string): StoreError {
  if (isStoreError(error)) return error
  const { name, code, message = '', $metadata } = (error ?? {}) as AnyError
  const label = typeof code === 'string' ? code : (name ?? 'unknown error')
  const request = `${operation} on table "${tableName}"`
  const make = (kind: StoreError['kind'], text: string) =>
    new StoreError(kind, `${request} ${text}`, { cause: error })

  if (timedOut.test(label)) return make('timeout', `timed out: ${message || label}`)
  if (throttled.test(label) || $metadata?.httpStatusCode === 429)
    return make('throttled', `was throttled: ${label}`)
  if (/^Validation/.test(label) && /operand|data type/i.test(message))
    return make(
      'unknown-schema',
      'was refused: an attribute of the item has another type; it is left untouched',
    )
  const check = whatToCheck(label, message, operation, tableName)
  return check
    ? make('misconfigured', `was refused: ${check}. ${label}: ${message.slice(0, 400)}`)
    : make('unavailable', `failed: ${label}`)
}

function whatToCheck(
  label: string,
  message: string,
  operation: string,
  tableName: string,
): string | undefined {
  if (/^(Resource|Table)NotFound/.test(label))
    return 'there is no such table; check tableName, region and account'
  if (/^Validation/.test(label)) {
    const { partition, sort } = tableKeys
    return `check that the table's partition key is "${partition}" and its sort key "${sort}", both of type S`
  }
  if (/AccessDenied/.test(label))
    return `allow dynamodb:${operation} on "${tableName}" to the role that runs this`
  if (identity.test(label)) return 'check the credentials'
  if (/^Region is missing/.test(message)) return 'set AWS_REGION or clientConfig.region'
  if (label === 'ERR_MODULE_NOT_FOUND') return 'install @aws-sdk/client-dynamodb'
  return undefined
}
