import { classify, type Settled, type Verdict } from '@breakwater/circuit'

/** Errors that the SDK throws without sending a request, and the error of a caller's abort. */
const notFromService = /^(CredentialsProviderError|TokenProviderError|ProviderError|AbortError)$/

/** Errors that the SDK itself takes for throttling, whatever the status, and S3's timeout, which has status 400. */
const throttling =
  /throttl|^(SlowDown|(Request|Bandwidth)LimitExceeded|LimitExceededException|PriorRequestNotComplete|ProvisionedThroughputExceeded(Exception)?|TooManyRequestsException|TransactionInProgressException|RequestTimeout(Exception)?)$/i

/** An error of an SDK client. No field is sure to be there, or of this type. */
interface AwsError {
  readonly name?: unknown
  readonly $fault?: unknown
  readonly $metadata?: { readonly httpStatusCode?: unknown }
  readonly $retryable?: unknown
  readonly $response?: { readonly headers?: Readonly<Record<string, unknown>> }
  readonly CancellationReasons?: unknown
}

/**
 * The verdict on a call of an AWS SDK v3 client, for circuits that guard nothing else. It knows more of the SDK than
 * `classify` does, on which it builds:
 *
 * - missing credentials and a caller's abort are ignored: they say nothing about the service;
 * - an answer that cannot be read is a failure, whatever its status;
 * - of the 4xx only throttling is a failure, recognised by the SDK's own list: `TooManyEntriesInBatchRequest` or
 *   `ItemCollectionSizeLimitExceededException` are the caller's mistakes. A transaction cancelled by throttling is a failure, too;
 * - `x-amz-retry-after` (in ms) is understood beside `Retry-After`.
 *
 * @example
 * const circuits = new Circuits({ store, classify: classifyAws })
 * const dynamo = guardClient(new DynamoDBClient(), circuits)
 */
export function classifyAws(settled: Settled): Verdict {
  if (settled.ok) return classify(settled)
  const error = (settled.error ?? {}) as AwsError
  const { name, $fault, $metadata, $response, $retryable } = error
  if (notFromService.test(String(name))) return 'ignored'
  const status = $metadata?.httpStatusCode
  if (typeof status !== 'number') return classify(settled)
  // Every exception that the service sent has a `$fault`; an answer that the SDK could not parse has none.
  const clientFault = $fault === 'client' && status < 500 && status !== 429
  if (clientFault && !$retryable && !isThrottling(error)) return 'success'
  const wait = Number($response?.headers?.['x-amz-retry-after'])
  return wait > 0
    ? { outcome: 'failure', retryAfterMs: wait }
    : classify({ ok: false, error: { statusCode: 500, response: $response } })
}

function isThrottling({ name, CancellationReasons: reasons }: AwsError): boolean {
  const codes = Array.isArray(reasons) ? reasons.map(reason => reason?.Code) : []
  return [name, ...codes].some(code => throttling.test(String(code)))
}
