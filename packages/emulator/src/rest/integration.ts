import { invalid } from '@breakwater/circuit/shared'
import type { Exchange } from './exchange.ts'
import { GatewayError } from './gateway-response.ts'
import { compileRequest, type IntegrationRequest } from './integration-request.ts'
import { type BackendAnswer, compileResponse } from './integration-response.ts'
import { type ApiResponse, readProxyResponse } from './proxy-response.ts'
import type { ApiResource } from './resources.ts'
import type { FunctionOutcome, IntegrationOrigin, InvokeAws, InvokeLambda, RestApiOptions } from './types.ts'

/** Answers a request that was let in. */
export type Integration = (exchange: Exchange, signal: AbortSignal) => Promise<ApiResponse>

/** Compiles the integration of a method. */
export function compileIntegration(
  method: ApiResource<'Method'>,
  variables: Readonly<Record<string, string>>,
  options: RestApiOptions,
  origin: IntegrationOrigin,
): Integration {
  const { Type } = method.properties.Integration
  const target = Type === 'MOCK' ? undefined : targetOf(method, variables)
  const needed = target && (target.kind === 'lambda' ? 'invokeLambda' : 'invokeAws')
  if (needed && typeof options[needed] !== 'function')
    throw invalid(
      needed,
      options[needed],
      `a function, since ${method.id} calls ${method.properties.Integration.Uri}`,
    )

  if (Type === 'AWS_PROXY')
    return proxy(method, target as Target & { kind: 'lambda' }, options.invokeLambda!, origin)
  const toRequest = compileRequest(method)
  const toAnswer = compileResponse(method)
  const backend = target ? backendOf(method, target, options, origin) : mock
  return async (exchange, signal) => toAnswer(await backend(toRequest(exchange), signal), exchange)
}

type Backend = (request: IntegrationRequest, signal: AbortSignal) => Promise<BackendAnswer>

/** Answers with the status of the request template, and nothing else. */
const mock: Backend = async ({ body }) => {
  // Not JSON.parse: the service takes { statusCode: 200 } as well.
  const status = /^\s*\{[\s\S]*?["']?\bstatusCode["']?\s*:\s*["']?(\d{3})\b/.exec(body)?.[1]
  if (!status)
    throw new GatewayError('API_CONFIGURATION_ERROR', { why: 'a MOCK template without statusCode' })
  return { selector: status, headers: {}, body: '' }
}

function backendOf(
  method: ApiResource<'Method'>,
  target: Target,
  options: RestApiOptions,
  origin: IntegrationOrigin,
): Backend {
  if (target.kind === 'lambda') return lambda(target.functionArn, options.invokeLambda!, origin)
  return service(target, method.properties.Integration.IntegrationHttpMethod!, options.invokeAws!, origin)
}

function service(
  target: Target & { kind: 'service' },
  method: string,
  invokeAws: InvokeAws,
  origin: IntegrationOrigin,
): Backend {
  return async ({ body, header, querystring, path }, signal) => {
    const action = target.action.replace(/\{([^}]+)\}/g, (_, name: string) =>
      encodeURIComponent(path[name] ?? ''),
    )
    const call = { region: target.region, method, origin, query: querystring, signal }
    const answer = await callBackend(() => invokeAws(target.service, action, body, header, call))
    return { selector: String(answer.status), headers: answer.headers, body: answer.body }
  }
}

function lambda(functionArn: string, invokeLambda: InvokeLambda, origin: IntegrationOrigin): Backend {
  return async ({ body }) => {
    const outcome = await callBackend(() => invokeLambda(functionArn, body || '{}', origin))
    if (outcome.kind === 'answered') return { selector: '', headers: {}, body: outcome.value }
    const error = errorOf(outcome)
    return { selector: error.errorMessage, headers: {}, body: JSON.stringify(error) }
  }
}

/** The error of a function that failed, as Lambda reports it. */
function errorOf(outcome: Exclude<FunctionOutcome, { kind: 'answered' }>): {
  readonly errorMessage: string
} {
  if (outcome.kind === 'threw' || outcome.kind === 'crashed') {
    const { errorMessage, errorType, trace } = outcome.error
    return { errorMessage, ...{ errorType, trace } }
  }
  if (outcome.kind === 'timed-out')
    return { errorMessage: `Task timed out after ${(outcome.afterMs / 1000).toFixed(2)} seconds` }
  throw outcome.kind === 'throttled'
    ? new GatewayError('API_CONFIGURATION_ERROR', { why: 'Lambda throttled the function' })
    : new GatewayError('INTEGRATION_TIMEOUT')
}

function proxy(
  { id, properties }: ApiResource<'Method'>,
  { functionArn }: { readonly functionArn: string },
  invokeLambda: InvokeLambda,
  origin: IntegrationOrigin,
): Integration {
  const { RequestTemplates, RequestParameters } = properties.Integration
  for (const [name, map] of Object.entries({ RequestTemplates, RequestParameters })) {
    if (map.size > 0) throw invalid(`${id}.Integration.${name}`, {}, 'nothing: AWS_PROXY maps nothing')
  }
  return async ({ event }) => {
    const outcome = await callBackend(() => invokeLambda(functionArn, JSON.stringify(event), origin))
    if (outcome.kind === 'throttled') throw new GatewayError('THROTTLED')
    if (outcome.kind === 'expired') throw new GatewayError('INTEGRATION_TIMEOUT')
    const response = outcome.kind === 'answered' ? readProxyResponse(outcome.value) : undefined
    if (response) return response
    const why = outcome.kind === 'answered' ? 'malformed Lambda proxy response' : `Lambda: ${outcome.kind}`
    throw new GatewayError('DEFAULT_5XX', { status: 502, why })
  }
}

/** A backend that cannot be reached counts as one that did not answer. */
async function callBackend<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw new GatewayError('INTEGRATION_FAILURE', {
      why: error instanceof Error ? error.message : String(error),
    })
  }
}

/** The target of an integration. */
export type Target =
  | { readonly kind: 'lambda'; readonly functionArn: string }
  | {
      readonly kind: 'service'
      readonly region: string
      readonly service: string
      /** `StartSyncExecution`, or `path/…`. */
      readonly action: string
    }

const uri = /^arn:[\w-]+:apigateway:([\w-]+):([\w.-]+):(action|path)\/(.+)$/
const invocation = /^[\d-]+\/functions\/(.+)\/invocations$/

/**
 * Reads the URI of an integration of type AWS or AWS_PROXY.
 *
 * @example
 * targetOf(method, {}) // arn:aws:apigateway:eu-west-1:states:action/StartSyncExecution
 */
export function targetOf(
  { id, properties }: ApiResource<'Method'>,
  variables: Readonly<Record<string, string>>,
): Target {
  const { Uri = '', IntegrationHttpMethod, Type, RequestParameters } = properties.Integration
  const where = `${id}.Integration.Uri`
  const resolved = Uri.replace(/\$\{stageVariables\.(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    if (value === undefined) throw invalid(where, Uri, `stage variables that there are, unlike ${name}`)
    return value
  })
  const [, region = '', service = '', form, rest = ''] = uri.exec(resolved) ?? []
  const functionArn = service === 'lambda' && form === 'path' ? invocation.exec(rest)?.[1] : undefined
  if (IntegrationHttpMethod === undefined || (functionArn && IntegrationHttpMethod !== 'POST')) {
    const allowed = functionArn ? 'POST: Lambda takes no other' : 'the method to call the service by'
    throw invalid(`${id}.Integration.IntegrationHttpMethod`, IntegrationHttpMethod, allowed)
  }
  if (functionArn) return { kind: 'lambda', functionArn }
  if (!form || Type === 'AWS_PROXY') {
    const lambda = 'arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations'
    throw invalid(
      where,
      resolved,
      Type === 'AWS_PROXY'
        ? lambda
        : `${lambda} or arn:aws:apigateway:REGION:SERVICE:action/ACTION or …:path/PATH`,
    )
  }
  for (const [placeholder, name] of rest.matchAll(/\{([^}]+)\}/g)) {
    if (!RequestParameters.has(`integration.request.path.${name}`))
      throw invalid(where, placeholder, `integration.request.path.${name} among the RequestParameters`)
  }
  return { kind: 'service', region, service, action: form === 'path' ? `path/${rest}` : rest }
}
