import { classify, type Settled, type Verdict } from '@breakwater/circuit'

/** Thrown by the SDK before, or instead of, asking the service; and what a caller's abort is thrown as. */
const silent = /^(CredentialsProviderError|TokenProviderError|ProviderError|AbortError)$/

/** What the SDK itself takes for throttling, whatever the status, and S3's timeout that comes as a 400. */
const busy =
  /throttl|^(SlowDown|(Request|Bandwidth)LimitExceeded|LimitExceededException|PriorRequestNotComplete|ProvisionedThroughputExceeded(Exception)?|TooManyRequestsException|TransactionInProgressException|RequestTimeout(Exception)?)$/i

/** An error of an SDK client. All of it is unproven. */
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
 * - missing credentials and a caller's abort are ignored: they say nothing of the service;
 * - an answer that cannot be read is a failure, whatever its status;
 * - of the 4xx only throttling is a failure, judged by the SDK's own list: `TooManyEntriesInBatchRequest` or
 *   `ItemCollectionSizeLimitExceededException` are the caller's mistakes. A transaction cancelled by throttling is one, too;
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
  if (silent.test(String(name))) return 'ignored'
  const status = $metadata?.httpStatusCode
  if (typeof status !== 'number') return classify(settled)
  // Every exception that a service says has a `$fault`; what the SDK could not make one of has none.
  const refused = $fault === 'client' && status < 500 && status !== 429
  if (refused && !$retryable && !isBusy(error)) return 'success'
  const wait = Number($response?.headers?.['x-amz-retry-after'])
  return wait > 0
    ? { outcome: 'failure', retryAfterMs: wait }
    : classify({ ok: false, error: { statusCode: 500, response: $response } })
}

function isBusy({ name, CancellationReasons: reasons }: AwsError): boolean {
  const codes = Array.isArray(reasons) ? reasons.map(reason => reason?.Code) : []
  return [name, ...codes].some(code => busy.test(String(code)))
}
