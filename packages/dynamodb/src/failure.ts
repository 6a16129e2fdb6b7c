import { isStoreError, StoreError, type StoreErrorKind } from '@breakwater/circuit'
import { type Item, tableKeys } from './schema.ts'

/** An error of the SDK, a socket or the module loader: the fields that are read. */
interface AnyError {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean }
}

/** How far a request came, for what its error alone does not say. */
export interface Circumstances {
  /** It failed before it was sent: while the SDK fetched the credentials, or signed by them. */
  readonly unsent?: boolean
  /** Requests fail for a while, and none of this connection has ever been answered. */
  readonly neverWorked?: boolean
}

/** A kind of failure, and how it is recognised. */
export interface KnownFailure {
  /** Matches codes and names of its errors. */
  readonly label?: RegExp
  /** Matches messages, of errors without a name of their own. */
  readonly message?: RegExp
  /** @default 'misconfigured' */
  readonly kind?: StoreErrorKind
  /** What an operator is to check, or to do, where the failure does not pass by itself. */
  readonly check?: string
  /** May come before the request is sent, and then it is not about credentials. */
  readonly early?: true
  /** Passes where requests were answered before; does not where none ever was. */
  readonly atFirst?: true
  /** Its message may quote a credential. */
  readonly secret?: true
}

/** Failures by kind, the first that matches. What matches none is `unavailable`, and passes. */
export function knownFailures(operation: string, tableName: string): readonly KnownFailure[] {
  const { partition, sort } = tableKeys
  return [
    // Passes: a slow answer, or an environment that was frozen.
    { label: /abort|timed?out/i, kind: 'timeout', early: true },
    // Passes as the burst ends, or the table grows.
    { label: /Throttl|Exceeded|TooManyRequests/, kind: 'throttled', early: true },
    // Does not pass: a table is not made by waiting.
    {
      label: /^(Resource|Table)NotFound/,
      check: 'there is no such table; check tableName, region and account',
    },
    // Does not pass: an attribute keeps its type, and is nothing that an environment may overwrite.
    { label: /^Validation/, message: /operand|data type/i, kind: 'unknown-schema' },
    // Does not pass: the keys of a table never change, and the requests are always the same.
    {
      label: /^Validation/,
      check: `check that the table's partition key is "${partition}" and its sort key "${sort}", both of type S`,
    },
    // Does not pass: people change policies. One that takes seconds to be in force looks the same.
    {
      label: /AccessDenied/,
      check: `allow dynamodb:${operation} on "${tableName}" to the role that runs this`,
    },
    // Does not pass: what can be renewed the SDK renews in time, so that an expired token is one that it cannot renew.
    {
      label: /UnrecognizedClient|Signature|Token|Credential/,
      check: 'check the credentials',
      secret: true,
    },
    // Does not pass: the module is not there.
    { label: /MODULE_NOT_FOUND$/, check: 'install @aws-sdk/client-dynamodb' },
    // Do not pass: they are the process's own settings.
    {
      message: /^Region (is missing|not accepted)/,
      check: 'set AWS_REGION or clientConfig.region',
      early: true,
    },
    {
      label: /^(ERR_INVALID_(URL|PROTOCOL)|EndpointError)$/,
      check: 'check the endpoint',
      early: true,
    },
    // Do not pass: the endpoint is another service's, or its certificate is not trusted here.
    { label: /^UnknownOperation/, check: 'check that the endpoint is DynamoDB' },
    {
      label: /CERT|^UNABLE_TO_/,
      check: 'its certificate is not trusted; check the endpoint and NODE_EXTRA_CA_CERTS',
    },
    // An outage of the name service or of a proxy, which passes, brings the same errors as a misspelt endpoint.
    {
      label: /^ENOTFOUND$/,
      check: 'there is no such host; check region and endpoint',
      atFirst: true,
    },
    {
      label: /^(EPROTO|ERR_SSL_\w+|HPE_\w+)$/,
      check: 'the other side speaks another protocol; check http or https in the endpoint',
      atFirst: true,
    },
    // Pass: networks come back. ECONNREFUSED is that of a local table which is not started yet, too.
    {
      label: /^(E(CONN|HOST|NET|AI_|NOTFOUND|PIPE|PROTO|BUSY)|UND_ERR_)/,
      kind: 'unavailable',
      early: true,
    },
  ]
}

/** What is not known, and passes: a fault of the service. */
const passing: KnownFailure = { kind: 'unavailable' }

/** What fails before it is sent, and by nothing else that is known, fails for want of credentials. */
const noCredentials: KnownFailure = {
  check: 'check the credentials, or what provides them',
  secret: true,
}

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

/** Classifies an error and, where an operator must act, says what to check. Never quotes an item or a credential. */
export function storeError(
  error: unknown,
  operation: string,
  tableName: string,
  { unsent, neverWorked }: Circumstances = {},
): StoreError {
  if (isStoreError(error)) return error
  const { message, $metadata } = (error ?? {}) as AnyError
  const labels = labelsOf(error)
  const text = typeof message === 'string' ? message.split('\n', 1)[0]!.slice(0, 400) : ''
  const matches = (known: KnownFailure) =>
    (!known.label || labels.some(label => known.label!.test(label))) &&
    (!known.message || known.message.test(text)) &&
    (!unsent || known.early) &&
    (!known.atFirst || neverWorked)
  // A clock that was wrong: the SDK has set its own right by the answer, and signs the next request by it.
  const known = $metadata?.clockSkewCorrected
    ? passing
    : (knownFailures(operation, tableName).find(matches) ?? byStatus($metadata?.httpStatusCode, unsent))
  const { kind = 'misconfigured', check, early, secret } = known
  const request = `${operation} on table "${tableName}"`
  const what = unsent && !(check && early) ? `Getting credentials for ${request}` : request
  const label = labels.join(': ')
  const quoted = text && !secret ? `: ${text}` : ''
  const refused = $metadata?.httpStatusCode && !unsent
  const outcome = {
    timeout: `timed out: ${unsent ? label : text || label}`,
    throttled: `was throttled: ${label}`,
    unavailable: `failed: ${label}`,
    'unknown-schema': 'was refused: an attribute of the item has another type; it is left untouched',
    misconfigured: `${refused ? 'was refused' : 'failed'}: ${check}. ${label}${quoted}`,
  }
  return new StoreError(kind, `${what} ${outcome[kind]}`, { cause: error })
}

function byStatus(status = 0, unsent?: boolean): KnownFailure {
  if (status === 429) return { kind: 'throttled' }
  return status < 500 && unsent ? noCredentials : passing
}

/** Codes, or names, of an error and of its causes. */
function labelsOf(error: unknown): string[] {
  const labels: string[] = []
  for (let at = error as AnyError | null | undefined; at && labels.length < 4; at = at.cause as AnyError) {
    const { code, name } = at
    labels.push(typeof code === 'string' ? code : typeof name === 'string' ? name : 'unknown error')
  }
  return labels.length > 0 ? labels : ['unknown error']
}
