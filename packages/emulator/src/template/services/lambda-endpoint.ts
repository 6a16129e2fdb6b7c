import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Checks } from '../../access/callers.ts'
import { invokeChecks, type Place } from '../../access/checks.ts'
import { checkOf } from '../../access/service-call.ts'
import { close, host, listen, readBody } from '../../aws/http-server.ts'
import { ServiceError } from '../../aws/json-service.ts'
import type { LocalFunction } from './functions.ts'
import {
  type Answer,
  described,
  type EventSourceMapping,
  invoked,
  mappingOf,
  updateOf,
} from './lambda-answers.ts'

/** Options of {@link startLambdaEndpoint}. */
export interface LambdaEndpointOptions {
  readonly port: number
  readonly find: (nameOrArn: string) => LocalFunction | undefined
  readonly mappings: () => readonly EventSourceMapping[]
  readonly log: (line: string) => void
  /** Reports a request, by its Authorization header. */
  readonly report: (authorization: string | undefined, checks: Checks) => void
  readonly place: Place
}

/** The service's limit, in bytes. */
const maxPayloadBytes = 6 * 1024 * 1024

/**
 * Starts the endpoint that a Lambda client of the SDK asks: it invokes functions, and describes, pauses and throttles
 * event source mappings.
 *
 * @throws PortError for a port that cannot be had.
 */
export async function startLambdaEndpoint(
  options: LambdaEndpointOptions,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answerTo(request, options)
      .catch(refusal)
      .then(answer => send(response, answer))
      // The client went away: there is no one to answer.
      .catch(() => response.destroy())
  })
  const port = await listen(server, options.port, '--lambda-port')
  return { url: `http://${host}:${port}`, close: () => close(server) }
}

async function answerTo(request: IncomingMessage, options: LambdaEndpointOptions): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? '/', `http://${host}`)
  const body = await readBody(request, maxPayloadBytes)
  if (!body)
    throw new ServiceError(
      'RequestTooLargeException',
      `Request must be smaller than ${maxPayloadBytes} bytes`,
      413,
    )
  const [date, kind, id = '', action, ...more] = pathname.split('/').slice(1).map(decodeURIComponent)
  const route = `${request.method} ${date}/${kind}${id && '/…'}${action ? `/${action}` : ''}`
  if (more.length === 0) {
    const { find, log, place } = options
    const report = (checks: Checks) => options.report(request.headers.authorization, checks)
    const mappings = options.mappings()
    switch (route) {
      case 'POST 2015-03-31/functions/…/invocations': {
        const qualifier = searchParams.get('Qualifier')
        report(() => invokeChecks(place, id, qualifier ?? undefined))
        const type = String(request.headers['x-amz-invocation-type'] ?? 'RequestResponse')
        return invoked(find(qualifier ? `${id}:${qualifier}` : id), id, type, body.toString() || '{}', log)
      }
      case 'GET 2015-03-31/event-source-mappings': {
        const arn = searchParams.get('EventSourceArn')
        const name = searchParams.get('FunctionName')
        report(() => [checkOf('lambda:ListEventSourceMappings', '*')])
        const own = mappings.filter(
          ({ queueArn, functionArn }) =>
            (!arn || arn === queueArn) && (!name || find(name)?.arn === functionArn),
        )
        return json(200, { EventSourceMappings: own.map(described) })
      }
      case 'GET 2015-03-31/event-source-mappings/…':
        report(() => mappingChecks('GetEventSourceMapping', id, mappings, place))
        return json(200, described(mappingOf(mappings, id)))
      case 'PUT 2015-03-31/event-source-mappings/…': {
        report(() => mappingChecks('UpdateEventSourceMapping', id, mappings, place))
        const mapping = mappingOf(mappings, id)
        mapping.source.update(updateOf(body.toString()))
        return json(202, described(mapping))
      }
    }
  }
  throw new ServiceError(
    'UnknownOperationException',
    `${request.method} ${pathname} is not supported locally`,
  )
}

function mappingChecks(
  action: string,
  id: string,
  mappings: readonly EventSourceMapping[],
  { region, account }: Place,
) {
  const arn = `arn:aws:lambda:${region}:${account}:event-source-mapping:${id}`
  const functionArn = mappings.find(({ uuid }) => uuid === id)?.functionArn
  return [checkOf(`lambda:${action}`, arn, { 'lambda:FunctionArn': functionArn })]
}

function json(status: number, body: unknown): Answer {
  return { status, body: JSON.stringify(body) }
}

function refusal(error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error)
  // An event source throws a TypeError for a change that it does not take, decoding a path a URIError.
  const bad = error instanceof TypeError || error instanceof SyntaxError || error instanceof URIError
  const [code, status] =
    error instanceof ServiceError
      ? [error.code, error.status]
      : bad
        ? ['InvalidParameterValueException', 400]
        : ['ServiceException', 500]
  return { ...json(status, { Message: message, Type: 'User' }), headers: { 'x-amzn-errortype': code } }
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
}
