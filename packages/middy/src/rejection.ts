import { type CircuitOpenError, isCircuitOpenError } from '@breakwater/circuit'
import { batchOf, failed } from './batch.ts'

/** What is read of the events of callers that wait for an answer. All of it is unproven. */
interface CallerEvent {
  readonly type?: unknown
  readonly httpMethod?: unknown
  readonly raw_path?: unknown
  readonly multiValueHeaders?: unknown
  readonly requestContext?: {
    readonly http?: { readonly method?: unknown }
    readonly connectionId?: unknown
    readonly elb?: unknown
    readonly serviceNetworkArn?: unknown
  } | null
  readonly actionGroup?: unknown
  readonly apiPath?: unknown
  readonly function?: unknown
  readonly sessionAttributes?: unknown
  readonly promptSessionAttributes?: unknown
}

/** What is read of an error that comes of a rejection. */
interface RejectedBy extends Error {
  readonly retryAfterMs?: number
  readonly statusCode?: unknown
  readonly cause?: RejectedBy
}

/** How an open circuit answers an event by default; undefined for events that have no such answer. */
export function rejection(event: unknown, { retryAfterMs }: CircuitOpenError): object | undefined {
  const batch = batchOf(event)
  if (!batch) return unavailable(event, retryAfterMs)
  // What is thrown brings the batch of a stream again whether or not its source reads answers.
  return batch.stream ? undefined : failed(batch.ids)
}

/**
 * How an invocation is answered by default that an inner circuit rejected; undefined where the error has a status of its
 * own. A batch is not: what is thrown brings it again whether or not its source reads answers.
 */
export function innerRejection(event: unknown, error: CircuitOpenError): object | undefined {
  const { retryAfterMs, statusCode, cause } = error as RejectedBy
  if (statusCode !== undefined && !isCircuitOpenError(error)) return undefined
  return unavailable(event, retryAfterMs ?? cause?.retryAfterMs)
}

/**
 * How an open circuit answers a caller that waits, in the shape that the source of its event expects; undefined for
 * events without such an answer: of an authorizer, whose answer is a policy, of AppSync, which makes an error of what is
 * thrown, of a direct invocation. The circuit's name and the reason are for logs: they would show a caller what is
 * behind the API.
 */
function unavailable(event: unknown, wait: number | undefined): object | undefined {
  const caller = (event ?? {}) as CallerEvent
  // An authorizer's event looks like that of its API, and has a type.
  if (caller.type !== undefined) return undefined
  const { elb, serviceNetworkArn, http, connectionId } = caller.requestContext ?? {}
  const retryAfterMs = wait! > 0 ? wait! : 0
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
  const message = `Temporarily unavailable; retry in ${seconds} s`
  const body = JSON.stringify({ error: 'CircuitOpen', message, retryAfterMs })
  // Before the APIs: an agent's event may have an httpMethod.
  if (caller.actionGroup) return agentAnswer(caller, body, message)
  // VPC Lattice answers to the rules of load balancers. The first version of its event has no requestContext.
  const balanced = elb ?? serviceNetworkArn ?? caller.raw_path
  if (!(balanced || typeof (caller.httpMethod ?? http?.method ?? connectionId) === 'string')) return undefined
  const headers = { 'Content-Type': json, 'Cache-Control': 'no-store', 'Retry-After': `${seconds}` }
  return {
    statusCode: 503,
    // Not to API Gateway: it answers 502 where a key is none that it knows.
    ...(balanced !== undefined && { statusDescription: '503 Service Unavailable', isBase64Encoded: false }),
    // A load balancer heeds one of the two, that in which it sends the request's.
    ...(elb && caller.multiValueHeaders
      ? {
          multiValueHeaders: Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [name, [value]]),
          ),
        }
      : { headers }),
    body,
  }
}

const json = 'application/json'

/** The answer to an agent of Bedrock: its tool is an operation of an API, or a function. */
function agentAnswer(
  { actionGroup, apiPath, httpMethod, sessionAttributes, promptSessionAttributes, ...tool }: CallerEvent,
  body: string,
  message: string,
) {
  return {
    messageVersion: '1.0',
    response: {
      actionGroup,
      ...(apiPath
        ? { apiPath, httpMethod, httpStatusCode: 503, responseBody: { [json]: { body } } }
        : {
            function: tool.function,
            functionResponse: { responseState: 'FAILURE', responseBody: { TEXT: { body: message } } },
          }),
    },
    // What the answer leaves out, the session would lose.
    sessionAttributes,
    promptSessionAttributes,
  }
}
