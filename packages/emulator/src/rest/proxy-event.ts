import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { matchResource } from './routes.ts'

/** An HTTP request, as far as the event needs it. */
export interface IncomingRequest {
  readonly method: string
  /** Path and query, as on the request line. */
  readonly url: string
  /** Names and values in turn, as node:http gives them. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  readonly sourceIp: string
}

/** The API that a request came to. */
export interface Api {
  /** Paths in API Gateway's notation; the first that fits is taken. */
  readonly resources: readonly string[]
  readonly stage: string
  /** @default that of an API `local` of the account 123456789012 */
  readonly arn?: string
  readonly traceId?: () => string
  readonly now?: () => number
}

/**
 * Turns a request into the event of an API Gateway REST API with Lambda proxy integration (format 1.0);
 * undefined if no resource has that path.
 */
export function toProxyEvent(request: IncomingRequest, api: Api): APIGatewayProxyEvent | undefined {
  const [path = '/', query = ''] = split(request.url)
  const match = matchResource(api.resources, path)
  if (!match) return undefined

  const multiValueHeaders = collect(pairs(request.rawHeaders))
  if (api.traceId) multiValueHeaders['X-Amzn-Trace-Id'] = [api.traceId()]
  multiValueHeaders['X-Forwarded-For'] = [request.sourceIp]
  multiValueHeaders['X-Forwarded-Proto'] = ['http']
  const multiValueQuery = collect(new URLSearchParams(query))
  const headers = lastOfEach(multiValueHeaders)
  const isBase64Encoded = !isUtf8(request.body)

  return {
    resource: match.resource,
    path,
    httpMethod: request.method,
    headers,
    multiValueHeaders,
    queryStringParameters: query ? lastOfEach(multiValueQuery) : null,
    multiValueQueryStringParameters: query ? multiValueQuery : null,
    pathParameters: match.pathParameters,
    stageVariables: null,
    requestContext: requestContext(request, api, match.resource, path, headers),
    body: request.body.length > 0 ? request.body.toString(isBase64Encoded ? 'base64' : 'utf8') : null,
    isBase64Encoded,
  }
}

function requestContext(
  request: IncomingRequest,
  api: Api,
  resource: string,
  path: string,
  headers: Record<string, string>,
): APIGatewayProxyEvent['requestContext'] {
  const requestId = randomUUID()
  const [, , , , accountId = '123456789012', apiId = 'local'] = (api.arn ?? '').split(':')
  const requestTimeEpoch = (api.now ?? Date.now)()
  const userAgent = Object.entries(headers).find(([name]) => name.toLowerCase() === 'user-agent')?.[1] ?? null
  return {
    accountId,
    apiId,
    authorizer: null,
    domainName: 'localhost',
    domainPrefix: 'localhost',
    extendedRequestId: requestId,
    httpMethod: request.method,
    identity: { ...anonymous, sourceIp: request.sourceIp, userAgent },
    path: `/${api.stage}${path}`,
    protocol: 'HTTP/1.1',
    requestId,
    requestTime: clfTime(requestTimeEpoch),
    requestTimeEpoch,
    resourceId: resource,
    resourcePath: resource,
    stage: api.stage,
  }
}

/** The identity of a caller that is not authenticated. */
const anonymous = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
} as const

function split(url: string): string[] {
  const mark = url.indexOf('?')
  return mark < 0 ? [url] : [url.slice(0, mark), url.slice(mark + 1)]
}

function* pairs(rawHeaders: readonly string[]): Iterable<[string, string]> {
  for (let i = 0; i < rawHeaders.length; i += 2) yield [rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '']
}

/** Values by name. Without a prototype, so that a header or parameter called `__proto__` is one like any other. */
function collect(entries: Iterable<[string, string]>): Record<string, string[]> {
  const values: Record<string, string[]> = Object.create(null)
  for (const [name, value] of entries) {
    values[name] ??= []
    values[name].push(value)
  }
  return values
}

function lastOfEach(values: Record<string, string[]>): Record<string, string> {
  const last: Record<string, string> = Object.create(null)
  for (const [name, all] of Object.entries(values)) last[name] = all.at(-1) ?? ''
  return last
}

/** Time as in the common log format: `09/Apr/2015:12:34:56 +0000`. */
function clfTime(epoch: number): string {
  const [, day, month, year, time] = new Date(epoch).toUTCString().split(' ')
  return `${day}/${month}/${year}:${time} +0000`
}
