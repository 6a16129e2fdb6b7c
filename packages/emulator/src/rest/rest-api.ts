import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Clock, systemClock } from '@breakwater/circuit'
import { aFunction, checkOptions } from '@breakwater/circuit/shared'
import { localUser } from '../access/api-caller.ts'
import { aClock, anArn, aPort } from '../aws/checks.ts'
import { fakeCredentials } from '../aws/credentials.ts'
import { close, host, listen, readBody } from '../aws/http-server.ts'
import { logOf } from '../aws/log.ts'
import type { TokenBucket } from '../aws/token-bucket.ts'
import { Deadlines } from './deadline.ts'
import { beginExchange, callerIdentity, type Exchange, identify, keyIdentity } from './exchange.ts'
import { compileGatewayResponses, GatewayError } from './gateway-response.ts'
import { compileIntegration, type Integration } from './integration.ts'
import { headerOf } from './mapping/template.ts'
import type { ApiResponse } from './proxy-response.ts'
import { compileChecks } from './request-checks.ts'
import { type ApiResources, readResources } from './resources.ts'
import { type FindRoute, type Route, readRoutes, router } from './routes.ts'
import { type SignatureOptions, type SignedRequest, signerOf } from './signature.ts'
import { readApi, readStage, type Stage } from './stage.ts'
import type { ApiCaller, RestApi, RestApiOptions, RestApiResources } from './types.ts'
import { readUsage, type Usage } from './usage.ts'

/** API Gateway's limit. */
const maxBodyBytes = 10 * 1024 * 1024

/**
 * Runs an API Gateway REST API on this machine as its CloudFormation describes it: resources, methods, mapping
 * templates, request validation, API keys, usage plans, throttles and gateway responses. Integrations call
 * `invokeAws` and `invokeLambda`.
 *
 * @param resources the API's resources by logical id, their intrinsic functions resolved.
 * @throws TypeError for an unknown option, a resource type, a property or a template that does not run here, naming it.
 * @throws PortError when `port` is taken.
 * @example
 * const api = await createRestApi(resources, {
 *   invokeAws: async (service, action, body) => ({ status: 200, headers: {}, body: '{"status":"SUCCEEDED"}' }),
 * })
 * await fetch(`${api.url}/workflows/guarded-call`, { method: 'POST', body: '{}' })
 * await api.close()
 */
export async function createRestApi(
  resources: RestApiResources,
  options: RestApiOptions = {},
): Promise<RestApi> {
  checkOptions('createRestApi', options, {
    invokeAws: aFunction,
    invokeLambda: aFunction,
    callerOf: aFunction,
    arn: anArn,
    clock: aClock,
    log: aFunction,
    port: aPort,
  })
  const { port = 0 } = options
  const log = logOf(options.log)
  const gateway = new Gateway(readResources(resources), options)
  for (const property of gateway.ignored) log(`ignored: ${property}`)
  const server = createServer((request, response) => {
    gateway
      .answer(request, response)
      // Only a client that went away leads here: there is no one to answer.
      .catch(() => response.destroy())
  })
  const listening = await listen(server, port, '--port')
  return {
    url: `http://${host}:${listening}`,
    port: listening,
    stage: gateway.stage.name,
    apiKeys: gateway.usage.values,
    async close() {
      gateway.deadlines.endAll()
      await close(server)
    },
  }
}

/** A route, compiled. */
interface CompiledRoute extends Route {
  readonly throttle: TokenBucket
  readonly checks: ReturnType<typeof compileChecks>
  readonly integrate: Integration
}

/** The compiled API: it finds the route of a request, admits it, and answers by the route's integration. */
class Gateway {
  readonly ignored: readonly string[]
  readonly stage: Stage
  readonly usage: Usage
  readonly deadlines: Deadlines
  readonly #clock: Clock
  readonly #arn: string
  readonly #signatures: SignatureOptions
  readonly #log: (line: string) => void
  readonly #gatewayAnswer: ReturnType<typeof compileGatewayResponses>
  readonly #find: FindRoute<CompiledRoute>

  constructor(resources: ApiResources, options: RestApiOptions) {
    const { clock = systemClock, arn = `arn:aws:execute-api:us-east-1:${localAccount}:local` } = options
    this.#clock = clock
    this.#arn = arn
    const [, , , region = ''] = arn.split(':')
    this.#signatures = { region, callerOf: options.callerOf ?? onlyLocalUser, now: () => clock.now() }
    this.#log = logOf(options.log)
    this.ignored = resources.ignored
    const restApi = readApi(resources)
    this.stage = readStage(resources)
    this.usage = readUsage(resources, restApi.names, this.stage.names)
    this.#gatewayAnswer = compileGatewayResponses(resources)
    const routes = readRoutes(resources, restApi).map(route => ({
      ...route,
      throttle: this.stage.throttleOf(route),
      checks: compileChecks(route.method, resources),
      integrate: compileIntegration(route.method, this.stage.variables, options, {
        method: route.method.id,
        path: `${this.stage.name}/${route.method.properties.HttpMethod}${route.resource}`,
        credentials: route.method.properties.Integration.Credentials,
      }),
    }))
    this.#find = router(routes)
    this.deadlines = new Deadlines(clock)
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', rawHeaders } = request
    const received = await readBody(request, maxBodyBytes)
    const [route, path] = this.#findRoute(method, url)
    const body = received ?? Buffer.alloc(0)
    const { name: stage, variables: stageVariables } = this.stage
    const exchange = beginExchange({ method, url: path, rawHeaders, body, sourceIp: host }, route?.resource, {
      stage,
      stageVariables,
      arn: this.#arn,
      now: () => this.#clock.now(),
    })
    const refuse = (error: unknown) => {
      const refusal = error instanceof GatewayError ? error : unexpected(error)
      this.#log(`${method} ${url}: ${refusal.type} ${refusal.message} ${refusal.why}`.trimEnd())
      return this.#gatewayAnswer(refusal, exchange)
    }
    try {
      if (!route) throw new GatewayError('MISSING_AUTHENTICATION_TOKEN')
      if (!received) throw new GatewayError('REQUEST_TOO_LARGE')
      await this.#authorize(route, { method, url, rawHeaders, body }, exchange)
      this.#admit(route, exchange)
      for (const check of route.checks) check(exchange)
      const limitMs = route.method.properties.Integration.TimeoutInMillis
      send(response, await this.deadlines.run(limitMs, signal => route.integrate(exchange, signal)), exchange)
    } catch (error) {
      send(response, refuse(error), exchange)
    }
  }

  /** The stage before a path may be left out. */
  #findRoute(method: string, url: string): [CompiledRoute | undefined, string] {
    const [path = '/', query] = url.split(/\?(.*)/s)
    const prefix = `/${this.stage.name}`
    const candidates =
      path === prefix || path.startsWith(`${prefix}/`) ? [path.slice(prefix.length), path] : [path]
    for (const candidate of candidates) {
      const bare = candidate.replace(/(?<=.)\/$/, '') || '/'
      const route = this.#find(method, bare)
      if (route) return [route, query === undefined ? bare : `${bare}?${query}`]
    }
    return [undefined, url]
  }

  async #authorize({ method }: CompiledRoute, request: SignedRequest, exchange: Exchange): Promise<void> {
    if (method.properties.AuthorizationType !== 'AWS_IAM') return
    const { accessKeyId, caller } = await signerOf(request, this.#signatures)
    identify(exchange, callerIdentity(accessKeyId, caller))
    const { stage, httpMethod, path } = exchange.event.requestContext
    const called = `${stage}/${httpMethod}${path.slice(stage.length + 1)}`
    if (caller.mayCall?.(called) ?? true) return
    throw new GatewayError('ACCESS_DENIED', {
      // As the service does, without the first digits of the account.
      message: `User: ${caller.arn} is not authorized to perform: execute-api:Invoke on resource: ${this.#arn.replace(/:\d{8}(?=\d{4}:)/, ':********')}/${called}`,
    })
  }

  #admit({ resource, method, throttle }: CompiledRoute, exchange: Exchange): void {
    const { ApiKeyRequired, HttpMethod } = method.properties
    const { header } = exchange.parameters
    const now = this.#clock.now()
    if (ApiKeyRequired) {
      const key = this.usage.admit(headerOf(header, 'x-api-key'), `${resource}/${HttpMethod}`, now)
      identify(exchange, keyIdentity(key))
    }
    if (!throttle.take(now)) throw new GatewayError('THROTTLED')
  }
}

const localAccount = '000000000000'

function onlyLocalUser(accessKeyId: string): ApiCaller | undefined {
  return accessKeyId === fakeCredentials.accessKeyId ? localUser(localAccount) : undefined
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
