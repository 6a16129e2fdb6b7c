import type { Callers } from '../access/callers.ts'
import type { Caller, PermissionCheck } from '../access/service-call.ts'
import { type Input, type Operation, ServiceError } from '../aws/json-service.ts'
import { parseJson } from '../aws/parse-json.ts'
import type { AwsAnswer } from '../rest/types.ts'

/** Services by the name that integrations have for them, with the prefix of the action in X-Amz-Target. */
const targets: Readonly<Record<string, readonly [target: string, version: string]>> = {
  dynamodb: ['DynamoDB_20120810', '1.0'],
  events: ['AWSEvents', '1.1'],
  sfn: ['AWSStepFunctions', '1.0'],
  sqs: ['AmazonSQS', '1.0'],
  states: ['AWSStepFunctions', '1.0'],
}

/** Calls an AWS service by its JSON protocol, in the name of a caller: `PutItem` of `dynamodb`, with the body as it is. */
export type CallService = (
  caller: Caller | undefined,
  service: string,
  action: string,
  body: string,
  signal?: AbortSignal,
) => Promise<AwsAnswer>

/**
 * Calls services by their endpoints.
 *
 * @param endpoints URLs by service, as far as they have started
 */
export function callEndpoints(
  endpoints: () => Readonly<Record<string, string>>,
  callers: Callers,
): CallService {
  return async (caller, service, action, body, signal) => {
    const endpoint = endpoints()[service === 'sfn' ? 'states' : service]
    const [target, version] = targets[service] ?? []
    if (!endpoint || !target)
      throw new Error(`${service}:${action} is not supported here; ${Object.keys(targets).join(', ')} are`)
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': `application/x-amz-json-${version}`,
        'x-amz-target': `${target}.${action}`,
        ...signatureOf(caller && callers.keyOf(caller)),
      },
      body,
      ...(signal && { signal }),
    })
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    }
  }
}

/** dynalite wants a signature, and does not check it; the key says who calls. */
function signatureOf(key = 'local'): Record<string, string> {
  const credential = `Credential=${key}/20000101/us-east-1/local/aws4_request`
  return {
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`,
    'x-amz-date': '20000101T000000Z',
  }
}

/**
 * Calls the operations of a service in this process, with the answers and errors of its endpoint.
 *
 * @param checks what IAM is asked about a call
 */
export function callOperations(
  operations: Readonly<Record<string, Operation>>,
  callers: Callers,
  checks: (action: string, input: Input) => readonly PermissionCheck[],
): CallService {
  return async (caller, _, action, body, signal = new AbortController().signal) => {
    try {
      const operation = Object.hasOwn(operations, action) ? operations[action] : undefined
      if (!operation) throw new ServiceError('UnknownOperationException', `${action} is not supported here`)
      const input = inputOf(body)
      callers.report(caller, () => checks(action, input))
      return answer(200, await operation(input, signal))
    } catch (error) {
      if (error instanceof ServiceError)
        return answer(error.status, { __type: error.code, message: error.message })
      return answer(500, {
        __type: 'InternalFailure',
        message: error instanceof Error ? error.message : String(error),
      })
    }
  }
}

function answer(status: number, body: unknown): AwsAnswer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(body ?? {}),
  }
}

function inputOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const input: unknown = parseJson(body || '{}')
    if (typeof input === 'object' && input !== null && !Array.isArray(input))
      return input as Record<string, unknown>
  } catch {
    // The error below says it.
  }
  throw new ServiceError('SerializationException', 'The body is not a JSON object')
}
