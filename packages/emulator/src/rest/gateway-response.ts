import { invalid } from '@breakwater/circuit/shared'
import { toText } from './mapping/java.ts'
import {
  compileMapping,
  compileSource,
  type MappingInput,
  mapped,
  type ParameterMapping,
} from './mapping/parameters.ts'
import { headerOf } from './mapping/template.ts'
import type { ApiResponse } from './proxy-response.ts'
import type { ApiResources } from './resources.ts'

/** Each answer of the gateway's own: status, message and the type in the header `x-amzn-ErrorType`. */
const types = {
  ACCESS_DENIED: [403, 'Access Denied', 'AccessDeniedException'],
  API_CONFIGURATION_ERROR: [500, 'Internal server error', 'InternalServerErrorException'],
  BAD_REQUEST_BODY: [400, 'Invalid request body', 'BadRequestException'],
  BAD_REQUEST_PARAMETERS: [400, 'Missing required request parameters', 'BadRequestException'],
  DEFAULT_4XX: [400, 'Bad Request', 'BadRequestException'],
  DEFAULT_5XX: [500, 'Internal server error', 'InternalServerErrorException'],
  EXPIRED_TOKEN: [403, 'The security token included in the request is expired', 'ExpiredTokenException'],
  INTEGRATION_FAILURE: [504, 'Network error communicating with endpoint', 'InternalServerErrorException'],
  INTEGRATION_TIMEOUT: [504, 'Endpoint request timed out', 'InternalServerErrorException'],
  INVALID_API_KEY: [403, 'Forbidden', 'ForbiddenException'],
  INVALID_SIGNATURE: [403, 'The request signature does not match', 'InvalidSignatureException'],
  MISSING_AUTHENTICATION_TOKEN: [403, 'Missing Authentication Token', 'MissingAuthenticationTokenException'],
  QUOTA_EXCEEDED: [429, 'Limit Exceeded', 'LimitExceededException'],
  REQUEST_TOO_LARGE: [413, 'Request Too Long', 'RequestTooLargeException'],
  RESOURCE_NOT_FOUND: [404, 'Not Found', 'NotFoundException'],
  THROTTLED: [429, 'Too Many Requests', 'TooManyRequestsException'],
  UNAUTHORIZED: [401, 'Unauthorized', 'UnauthorizedException'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Unsupported Media Type', 'UnsupportedMediaTypeException'],
  WAF_FILTERED: [403, 'Forbidden', 'ForbiddenException'],
} as const satisfies Record<string, readonly [status: number, message: string, errorType: string]>

/** A type of gateway response. */
export type GatewayType = keyof typeof types

/** An answer of the gateway itself, in place of the integration. */
export class GatewayError extends Error {
  override readonly name: string = 'GatewayError'
  readonly type: GatewayType
  readonly status: number
  /** For the header `x-amzn-ErrorType`. */
  readonly errorType: string
  /** For the log, and `$context.error.validationErrorString`; never part of the answer by itself. */
  readonly why: string

  constructor(
    type: GatewayType,
    {
      message = types[type][1] as string,
      why = '',
      status = types[type][0] as number,
      errorType = types[type][2] as string,
    } = {},
  ) {
    super(message)
    this.type = type
    this.why = why
    this.status = status
    this.errorType = errorType
  }
}

interface Custom {
  readonly status: number | undefined
  readonly headers: readonly ParameterMapping[]
  readonly templates: ReadonlyMap<string, (from: MappingInput) => string>
}

const standard = new Map([['application/json', substitution('{"message":$context.error.messageString}', '')]])

/** Answers errors with the API's own gateway responses, else as the service does by default. */
export function compileGatewayResponses(
  resources: ApiResources,
): (error: GatewayError, request: MappingInput) => ApiResponse {
  const customs = new Map<string, Custom>()
  for (const { id, properties } of resources.all('GatewayResponse')) {
    if (!Object.hasOwn(types, properties.ResponseType))
      throw invalid(`${id}.ResponseType`, properties.ResponseType, Object.keys(types).join(', '))
    const templates = [...properties.ResponseTemplates].map(
      ([type, text]) => [type, substitution(text, `${id}.ResponseTemplates["${type}"]`)] as const,
    )
    customs.set(properties.ResponseType, {
      status:
        properties.StatusCode === undefined ? undefined : statusOf(properties.StatusCode, `${id}.StatusCode`),
      headers: compileMapping(
        properties.ResponseParameters,
        'gatewayresponse',
        ['header'],
        'gateway',
        `${id}.ResponseParameters`,
      ),
      templates: new Map(templates),
    })
  }

  return (error, request) => {
    const custom = customs.get(error.type) ?? customs.get(error.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX')
    const described = {
      message: error.message,
      messageString: JSON.stringify(error.message),
      responseType: error.type,
      validationErrorString: error.why,
    }
    const from = { ...request, context: { ...request.context, error: described } }
    const templates = custom?.templates.size ? custom.templates : standard
    const accept = headerOf(request.parameters.header, 'accept') ?? ''
    const type = [accept, 'application/json'].find(one => templates.has(one)) ?? [...templates.keys()][0]!
    return {
      status: custom?.status ?? error.status,
      headers: {
        'Content-Type': type,
        'x-amzn-ErrorType': error.errorType,
        ...mapped(custom?.headers ?? [], 'header', from),
      },
      body: Buffer.from(templates.get(type)!(from)),
    }
  }
}

/** These templates are no Velocity: variables are replaced, and nothing else happens. */
function substitution(template: string, where: string): (from: MappingInput) => string {
  const velocity = /#(set|if|foreach)\b|\$(input|util)\b/.exec(template)?.[0]
  if (velocity) throw invalid(where, velocity, '$context.…, $stageVariables.… and $method.request.… only')
  const name = String.raw`((?:context|stageVariables|method\.request)(?:\.[\w-]+)+)`
  const variable = new RegExp(String.raw`\$(?:${name}|\{${name}\})`, 'g')
  const pieces: (string | ReturnType<typeof compileSource>)[] = []
  let end = 0
  for (const found of template.matchAll(variable)) {
    pieces.push(template.slice(end, found.index), compileSource((found[1] ?? found[2])!, 'gateway', where))
    end = found.index + found[0].length
  }
  pieces.push(template.slice(end))
  return from => pieces.map(piece => (typeof piece === 'string' ? piece : toText(piece(from)))).join('')
}

/** A status that HTTP has. */
export function statusOf(text: string, where: string): number {
  const status = Number(text)
  if (Number.isInteger(status) && status >= 200 && status <= 599) return status
  throw invalid(where, text, 'a status from 200 to 599')
}
