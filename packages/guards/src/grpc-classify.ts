import { classify, type Outcome, parseRetryAfter, type Settled, type Verdict } from '@breakwater/circuit'
import { retryDelayInDetail, retryDelayInStatus } from './grpc-retry-info.ts'

/**
 * What each status code of gRPC says of the service, by number. As with HTTP a service that answers works: what blames
 * the call is a success, and what blames the service is a failure.
 */
const outcomes: readonly (readonly [code: string, outcome: Outcome])[] = [
  ['ok', 'success'],
  ['cancelled', 'ignored'],
  ['unknown', 'failure'],
  ['invalidargument', 'success'],
  ['deadlineexceeded', 'failure'],
  ['notfound', 'success'],
  ['alreadyexists', 'success'],
  ['permissiondenied', 'success'],
  ['resourceexhausted', 'failure'],
  ['failedprecondition', 'success'],
  ['aborted', 'success'],
  ['outofrange', 'success'],
  ['unimplemented', 'success'],
  ['internal', 'failure'],
  ['unavailable', 'failure'],
  ['dataloss', 'failure'],
  ['unauthenticated', 'success'],
]

/** Details of statuses that @grpc/grpc-js makes itself, of a message that the caller's own code or limit refuses. */
const callersLimit =
  /^(Request message serialization failure|Attempted to send message with a size larger|Received message (larger than max|that decompresses to a size larger))/

/** An error of a gRPC client. No field is sure to be there, or of this type. */
interface GrpcError {
  readonly code?: unknown
  readonly details?: unknown
  readonly statusDetails?: unknown
  readonly metadata?: unknown
  readonly meta?: unknown
  readonly cause?: unknown
}

/** How deep the errors that caused an error are looked at for a code: they may cause each other. */
const maxDepth = 8

/**
 * The verdict on a gRPC call, for circuits that guard nothing else. Errors are judged by their `code`, a number as in
 * `@grpc/grpc-js`, Connect, nice-grpc and google-gax, or its name in any spelling (`NOT_FOUND`, `not_found`, `NotFound`),
 * or else by that of the error that caused them:
 *
 * | code | verdict | because |
 * |---|---|---|
 * | 0 OK | success | the service did it |
 * | 1 CANCELLED | ignored | the caller gave up, or a party between: it says nothing of the service |
 * | 2 UNKNOWN | failure | the service threw an error without a code, as HTTP 500 |
 * | 3 INVALID_ARGUMENT | success | the caller's mistake |
 * | 4 DEADLINE_EXCEEDED | failure | a timeout, the caller's or one further down |
 * | 5 NOT_FOUND | success | an answer |
 * | 6 ALREADY_EXISTS | success | an answer |
 * | 7 PERMISSION_DENIED | success | an answer |
 * | 8 RESOURCE_EXHAUSTED | failure | throttled, out of quota or out of space, as HTTP 429 |
 * | 9 FAILED_PRECONDITION | success | an answer: the caller must mend something first |
 * | 10 ABORTED | success | an answer: another call was quicker, as HTTP 409 |
 * | 11 OUT_OF_RANGE | success | an answer |
 * | 12 UNIMPLEMENTED | success | the caller asks for what the service does not have, as HTTP 404 |
 * | 13 INTERNAL | failure | the service, or the protocol, is broken |
 * | 14 UNAVAILABLE | failure | no connection, or the service refuses for now |
 * | 15 DATA_LOSS | failure | the service lost data |
 * | 16 UNAUTHENTICATED | success | an answer |
 *
 * A message that the client itself refuses (too large for its limits, or impossible to serialise) is ignored. Errors
 * without a code are judged by `classify`; every value is a success. The trailers `grpc-retry-pushback-ms` and
 * `retry-after`, and `google.rpc.RetryInfo` among the details, become `retryAfterMs`. Never throws.
 *
 * @example
 * const users = new Circuit('users', { classify: classifyGrpc, timeoutMs: 2_000 })
 * const user = await users.run((signal) => client.getUser({ id }, { signal }))
 */
export function classifyGrpc(settled: Settled): Verdict {
  if (settled.ok) return 'success'
  try {
    return judge(settled.error, 0) ?? classify(settled)
  } catch {
    // A getter or a proxy that throws.
    return classify(settled)
  }
}

/** Undefined for an error without a code of gRPC. */
function judge(given: unknown, depth: number): Verdict | undefined {
  const error = (given ?? {}) as GrpcError
  const outcome = outcomeOf(error.code)
  if (outcome === undefined)
    return depth < maxDepth && error.cause ? judge(error.cause, depth + 1) : undefined
  if (outcome !== 'failure') return outcome
  if (typeof error.details === 'string' && callersLimit.test(error.details)) return 'ignored'
  const retryAfterMs = waitOf(error)
  return retryAfterMs === undefined ? 'failure' : { outcome, retryAfterMs }
}

/** Other codes, such as `ECONNRESET` or 18, are not of gRPC. */
function outcomeOf(code: unknown): Outcome | undefined {
  if (typeof code === 'number' || (typeof code === 'string' && /^\d+$/.test(code)))
    return outcomes[+code]?.[1]
  if (typeof code !== 'string') return undefined
  const name = code.toLowerCase().replaceAll('_', '')
  return outcomes.find(([each]) => each === (name === 'canceled' ? 'cancelled' : name))?.[1]
}

function waitOf(error: GrpcError): number | undefined {
  try {
    const trailer = (name: string) => trailerOf(error.metadata ?? error.meta, name)
    const pushback = trailer('grpc-retry-pushback-ms')
    if (typeof pushback === 'string' && /^\d+$/.test(pushback)) return Number(pushback)
    const status = trailer('grpc-status-details-bin')
    const inStatus = status instanceof Uint8Array ? retryDelayInStatus(status) : undefined
    const details = [error.details, error.statusDetails].flatMap(list =>
      Array.isArray(list) ? list.slice(0, 32) : [],
    )
    const inDetails = details.map(retryDelayInDetail).find(ms => ms !== undefined)
    return inStatus ?? inDetails ?? parseRetryAfter(trailer('retry-after'), Date.now)
  } catch {
    return undefined
  }
}

/** The first value of a trailer: of grpc-js's Metadata or Connect's Headers by `get`, of other clients by field. */
function trailerOf(metadata: unknown, name: string): unknown {
  const trailers = (metadata ?? {}) as Readonly<Record<string, unknown>>
  const value = typeof trailers.get === 'function' ? trailers.get(name) : trailers[name]
  return Array.isArray(value) ? value[0] : value
}
