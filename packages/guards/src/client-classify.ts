import { classify, type Settled, type Verdict } from '@breakwater/circuit'
import { isHealthy } from '@breakwater/circuit/shared'

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
 * - of the other 4xx only throttling is a failure, recognised by the SDK's own list: `TooManyEntriesInBatchRequest` or
 *   `ItemCollectionSizeLimitExceededException` are the caller's mistakes. A transaction cancelled by throttling is a failure, too;
 * - `x-amz-retry-after` (in ms) is understood beside `Retry-After`.
 *
 * Never throws. A 200 in which the service refused everything is judged by the `outputRules` of `guardClient`.
 *
 * @example
 * const circuits = new Circuits({ store, classify: classifyAws })
 * const dynamo = guardClient(new DynamoDBClient(), circuits)
 */
export function classifyAws(settled: Settled): Verdict {
  try {
    return settled.ok ? classify(settled) : judge((settled.error ?? {}) as AwsError)
  } catch {
    // A getter or a proxy that throws.
    return classify(settled)
  }
}

function judge(error: AwsError): Verdict {
  const { name, $fault, $metadata, $response, $retryable } = error
  if (notFromService.test(String(name))) return 'ignored'
  const works = isHealthy($metadata?.httpStatusCode)
  if (works === undefined) return classify({ ok: false, error })
  // Every exception that the service sent has a `$fault`; an answer that the SDK could not parse has none.
  if (works && $fault === 'client' && !$retryable && !isThrottled(error)) return 'success'
  const wait = $response?.headers?.['x-amz-retry-after']
  return typeof wait === 'string' && /^\d+$/.test(wait)
    ? { outcome: 'failure', retryAfterMs: Number(wait) }
    : classify({ ok: false, error: { statusCode: 500, response: $response } })
}

function isThrottled({ name, CancellationReasons: reasons }: AwsError): boolean {
  // A transaction has at most 100 items.
  const codes = Array.isArray(reasons) ? reasons.slice(0, 100).map(reason => reason?.Code) : []
  return [name, ...codes].some(isThrottling)
}

/** Whether a code of AWS means that the caller was throttled. */
export function isThrottling(code: unknown): boolean {
  return throttling.test(String(code))
}
