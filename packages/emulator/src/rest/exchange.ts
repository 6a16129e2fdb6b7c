import type { APIGatewayProxyEvent } from 'aws-lambda'
import { traceId } from '../aws/identifiers.ts'
import type { MappingInput } from './mapping/parameters.ts'
import { type IncomingRequest, toProxyEvent } from './proxy-event.ts'
import type { ApiCaller } from './types.ts'
import type { AdmittedKey } from './usage.ts'

/** A request on its way through the API: as templates and mappings see it, and as a function gets it. */
export interface Exchange extends MappingInput {
  readonly event: APIGatewayProxyEvent
}

/** The values that all requests of a stage share. */
export interface StageContext {
  readonly stage: string
  readonly stageVariables: Readonly<Record<string, string>>
  /** Of the API. */
  readonly arn: string
  readonly now: () => number
}

/** Begins the exchange of a request, whose `url` is without the stage. */
export function beginExchange(
  request: IncomingRequest,
  resource: string | undefined,
  { stage, stageVariables, arn, now }: StageContext,
): Exchange {
  // The last two take any path: an answer to an unknown one is mapped too.
  const resources = [...(resource === undefined ? [] : [resource]), '/', '/{proxy+}']
  const api = { resources, stage, arn, traceId, now }
  const event = toProxyEvent(request, api) ?? toProxyEvent({ ...request, url: '/' }, api)!
  const { path, ...requestContext } = event.requestContext
  return {
    event: {
      ...event,
      stageVariables: Object.keys(stageVariables).length > 0 ? { ...stageVariables } : null,
    },
    body: request.body.toString(),
    parameters: {
      path: (event.pathParameters ?? {}) as Record<string, string>,
      querystring: (event.queryStringParameters ?? {}) as Record<string, string>,
      header: event.headers as Record<string, string>,
    },
    stageVariables,
    context: {
      ...requestContext,
      path,
      identity: { ...event.requestContext.identity },
      requestOverride: { header: {}, querystring: {}, path: {} },
      responseOverride: { header: {} },
    },
  }
}

/** What the context says of an API key. */
export function keyIdentity({ id, value }: AdmittedKey): Identity {
  return { apiKey: value, apiKeyId: id }
}

/** What the context says of an identity of IAM. */
export function callerIdentity(accessKeyId: string, { arn, id }: ApiCaller): Identity {
  return { accessKey: accessKeyId, accountId: arn.split(':')[4] ?? '', caller: id, user: id, userArn: arn }
}

type Identity = Partial<APIGatewayProxyEvent['requestContext']['identity']>

/** Adds who sent the request to the context of templates and functions. */
export function identify({ context, event }: Exchange, identity: Identity): void {
  Object.assign(context.identity as object, identity)
  event.requestContext = {
    ...event.requestContext,
    identity: { ...event.requestContext.identity, ...identity },
  }
}

/** The media type of a request or a template, without parameters; JSON where none is given. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? 'application/json').split(';')[0]!.trim().toLowerCase()
}
