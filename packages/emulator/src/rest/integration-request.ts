import { invalid } from '@breakwater/circuit/shared'
import { type Exchange, mediaType } from './exchange.ts'
import { GatewayError } from './gateway-response.ts'
import { toText } from './mapping/java.ts'
import { compileMapping, mapped } from './mapping/parameters.ts'
import { BodyError, compileTemplate, headerOf, override } from './mapping/template.ts'
import type { ApiResource } from './resources.ts'

/** A request to the backend. */
export interface IntegrationRequest {
  readonly body: string
  readonly header: Readonly<Record<string, string>>
  readonly querystring: Readonly<Record<string, string>>
  readonly path: Readonly<Record<string, string>>
}

/** Compiles the mapping of a method's request to that of its backend. */
export function compileRequest({
  id,
  properties,
}: ApiResource<'Method'>): (exchange: Exchange) => IntegrationRequest {
  const { RequestTemplates, RequestParameters, PassthroughBehavior } = properties.Integration
  const where = `${id}.Integration`
  const templates = new Map(
    [...RequestTemplates].map(([type, text]) => [
      mediaType(type),
      compileTemplate(text, `${where}.RequestTemplates["${type}"]`),
    ]),
  )
  const setters = compileMapping(
    RequestParameters,
    'integration.request',
    ['header', 'querystring', 'path'],
    'method.request',
    `${where}.RequestParameters`,
  )
  for (const [, source] of RequestParameters) {
    if (source.startsWith('method.request.') && !/^method\.request\.body\b/.test(source)) {
      if (!properties.RequestParameters.has(source))
        throw invalid(`${where}.RequestParameters`, source, `a parameter declared in ${id}.RequestParameters`)
    }
  }
  const passes =
    PassthroughBehavior === 'WHEN_NO_MATCH' || (PassthroughBehavior !== 'NEVER' && templates.size === 0)

  return exchange =>
    orRefused(() => {
      const type = mediaType(headerOf(exchange.parameters.header, 'content-type'))
      const template = templates.get(type)
      if (!template && !passes) throw new GatewayError('UNSUPPORTED_MEDIA_TYPE')
      const body = template ? template(exchange) : exchange.body
      const set = override(exchange.context, 'requestOverride')
      const merged = (kind: string) => ({
        ...mapped(setters, kind, exchange),
        ...texts(override(set, kind)),
      })
      return {
        body,
        header: { 'Content-Type': type, ...merged('header') },
        querystring: merged('querystring'),
        path: merged('path'),
      }
    })
}

/** A body that a template or a parameter cannot read is the caller's fault, answered in the service's words. */
function orRefused<T>(map: () => T): T {
  try {
    return map()
  } catch (error) {
    if (!(error instanceof BodyError)) throw error
    const message = `Could not parse request body into json: ${error.message}`
    throw new GatewayError('BAD_REQUEST_BODY', { message })
  }
}

/** Values that a template has set, as text. */
export function texts(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toText(value)]))
}
