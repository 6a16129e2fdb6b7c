import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { systemClock } from '@breakwater/circuit'
import { aFunction, checkOptions, numberBetween, objectWith } from '@breakwater/circuit/shared'
import { close, host, listen, readBody } from '../aws/http-server.ts'
import { Deadlines } from './deadline.ts'
import { beginExchange, type Exchange, identify } from './exchange.ts'
import { compileGatewayResponses, GatewayError } from './gateway-response.ts'
import { compileIntegration } from './integration.ts'
import { headerOf } from './mapping/template.ts'
import type { ApiResponse } from './proxy-response.ts'
import { compileChecks } from './request-checks.ts'
import { readResources } from './resources.ts'
import { type Route, readRoutes, router } from './routes.ts'
import { readApi, readStage } from './stage.ts'
import type { RestApi, RestApiOptions, RestApiResources } from './types.ts'
import { readUsage } from './usage.ts'

/** API Gateway's limit. */
const maxBodyBytes = 10 * 1024 * 1024

/**
 * Runs an API Gateway REST API on this machine as its CloudFormation describes it: resources, methods, mapping
 * templates, request validation, API keys, usage plans, throttles and gateway responses. Integrations call
 * `invokeAws` and `invokeLambda`.
 *
 * @param parts the API's resources by logical id, their intrinsic functions resolved.
 * @throws TypeError for an unknown option, a resource type, a property or a template that does not run here, naming it.
 * @throws PortError when `port` is taken.
 * @example
 * const api = await createRestApi(parts, {
 *   invokeAws: async (service, action, body) => ({ status: 200, headers: {}, body: '{"status":"SUCCEEDED"}' }),
 * })
 * await fetch(`${api.url}/workflows/guarded-call`, { method: 'POST', body: '{}' })
 * await api.close()
 */
export async function createRestApi(parts: RestApiResources, options: RestApiOptions = {}): Promise<RestApi> {
  checkOptions('createRestApi', options, {
    invokeAws: aFunction,
    invokeLambda: aFunction,
    clock: objectWith('a Clock', 'now', 'setTimeout', 'clearTimeout'),
    log: aFunction,
    port: numberBetween(0, 65_535, 'whole '),
  })
  const { clock = systemClock, log = () => {}, port = 0 } = options
  const read = readResources(parts)
  const restApi = readApi(read)
  const stage = readStage(read)
  const usage = readUsage(read, restApi.names, stage.names)
  const gatewayAnswer = compileGatewayResponses(read)
  const routes = readRoutes(read, restApi).map(route => ({
    ...route,
    throttle: stage.throttleOf(route),
    checks: compileChecks(route.method, read),
    integrate: compileIntegration(route.method, stage.variables, options),
  }))
  for (const property of read.ignored) log(`ignored: ${property}`)

  const find = router(routes)
  const deadlines = new Deadlines(clock)
  const context = { stage: stage.name, stageVariables: stage.variables, now: () => clock.now() }

  const server = createServer((request, response) => {
    answer(request, response)
      // Only a client that went away leads here: there is nobody to answer.
      .catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', rawHeaders } = request
    const received = await readBody(request, maxBodyBytes)
    const [route, path] = findRoute(method, url)
    const body = received ?? Buffer.alloc(0)
    const exchange = beginExchange(
      { method, url: path, rawHeaders, body, sourceIp: host },
      route?.resource,
      context,
    )
    const refuse = (error: unknown) => {
      const refusal = error instanceof GatewayError ? error : unexpected(error)
      log(`${method} ${url}: ${refusal.type} ${refusal.message} ${refusal.why}`.trimEnd())
      return gatewayAnswer(refusal, exchange)
    }
    try {
      if (!route) throw new GatewayError('MISSING_AUTHENTICATION_TOKEN')
      if (!received) throw new GatewayError('REQUEST_TOO_LARGE')
      admit(route, exchange)
      for (const check of route.checks) check(exchange)
      const limitMs = route.method.properties.Integration.TimeoutInMillis
      send(response, await deadlines.run(limitMs, signal => route.integrate(exchange, signal)), exchange)
    } catch (error) {
      send(response, refuse(error), exchange)
    }
  }

  /** The stage before a path may be left out. */
  function findRoute(method: string, url: string): [(typeof routes)[number] | undefined, string] {
    const [path = '/', query] = url.split(/\?(.*)/s)
    const prefix = `/${stage.name}`
    const candidates =
      path === prefix || path.startsWith(`${prefix}/`) ? [path.slice(prefix.length), path] : [path]
    for (const candidate of candidates) {
      const bare = candidate.replace(/(?<=.)\/$/, '') || '/'
      const route = find(method, bare)
      if (route) return [route, query === undefined ? bare : `${bare}?${query}`]
    }
    return [undefined, url]
  }

  function admit({ resource, method, throttle }: Route & (typeof routes)[number], exchange: Exchange): void {
    const { AuthorizationType, ApiKeyRequired, HttpMethod } = method.properties
    const { header } = exchange.parameters
    if (AuthorizationType === 'AWS_IAM' && !headerOf(header, 'authorization')?.startsWith('AWS4-HMAC-SHA256'))
      throw new GatewayError('MISSING_AUTHENTICATION_TOKEN')
    if (ApiKeyRequired)
      identify(exchange, usage.admit(headerOf(header, 'x-api-key'), `${resource}/${HttpMethod}`, clock.now()))
    if (!throttle.take(clock.now())) throw new GatewayError('THROTTLED')
  }

  const listening = await listen(server, port, '--port')
  return {
    url: `http://${host}:${listening}`,
    port: listening,
    stage: stage.name,
    apiKeys: usage.values,
    async close() {
      deadlines.endAll()
      await close(server)
    },
  }
}

/** A template or a mapping that fails at run time is a mistake of the API. */
function unexpected(error: unknown): GatewayError {
  const why = error instanceof Error ? error.message : String(error)
  return new GatewayError('API_CONFIGURATION_ERROR', { why })
}

function send(response: ServerResponse, answer: ApiResponse, { context }: Exchange): void {
  // Headers of an answer that HTTP did not allow.
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  response.setHeader('x-amzn-RequestId', String(context.requestId))
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
  response.writeHead(answer.status).end(answer.body)
}
