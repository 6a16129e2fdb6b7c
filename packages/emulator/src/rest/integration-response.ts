import { invalid } from '@breakwater/circuit/shared'
import type { Exchange } from './exchange.ts'
import { GatewayError, statusOf } from './gateway-response.ts'
import { texts } from './integration-request.ts'
import { compileMapping, mapped } from './mapping/parameters.ts'
import { compileTemplate, headerOf, override } from './mapping/template.ts'
import type { ApiResponse } from './proxy-response.ts'
import type { ApiResource, IntegrationResponseProperties } from './resources.ts'

/** The backend's answer. */
export interface BackendAnswer {
  /** The text that selection patterns are tested against: the status, or a function's error message. */
  readonly selector: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Compiles the mapping of a backend's answer to the method's response. */
export function compileResponse(
  method: ApiResource<'Method'>,
): (answer: BackendAnswer, exchange: Exchange) => ApiResponse {
  const { IntegrationResponses } = method.properties.Integration
  const where = `${method.id}.Integration.IntegrationResponses`
  const responses = IntegrationResponses.map((response, index) =>
    compileOne(response, method, `${where}[${index}]`),
  )
  const standards = responses.filter(({ pattern }) => !pattern)
  if (standards.length > 1) throw invalid(where, standards.length, 'at most one without SelectionPattern')

  return ({ selector, headers, body }, exchange) => {
    const chosen = responses.find(({ pattern }) => pattern?.test(selector)) ?? standards[0]
    if (!chosen)
      throw new GatewayError('API_CONFIGURATION_ERROR', { why: `no integration response fits ${selector}` })
    return chosen.answer({ ...exchange, body, responseHeaders: headers })
  }
}

function compileOne(
  response: IntegrationResponseProperties,
  { id, properties }: ApiResource<'Method'>,
  where: string,
) {
  const { StatusCode, SelectionPattern, ResponseTemplates, ResponseParameters } = response
  const declared = properties.MethodResponses.find(method => method.StatusCode === StatusCode)
  if (!declared)
    throw invalid(`${where}.StatusCode`, StatusCode, `a status declared in ${id}.MethodResponses`)
  for (const [name] of ResponseParameters) {
    if (declared.ResponseParameters.has(name)) continue
    throw invalid(
      `${where}.ResponseParameters`,
      name,
      `a header declared in ${id}.MethodResponses, ${StatusCode}`,
    )
  }
  const setters = compileMapping(
    ResponseParameters,
    'method.response',
    ['header'],
    'integration.response',
    `${where}.ResponseParameters`,
  )
  const templates = new Map(
    [...ResponseTemplates].map(([type, text]) => [
      type,
      compileTemplate(text, `${where}.ResponseTemplates["${type}"]`),
    ]),
  )
  const status = statusOf(StatusCode, `${where}.StatusCode`)

  return {
    pattern: SelectionPattern ? patternOf(SelectionPattern, `${where}.SelectionPattern`) : undefined,
    answer(exchange: Exchange): ApiResponse {
      const accept = headerOf(exchange.parameters.header, 'accept') ?? ''
      const type = [accept, 'application/json'].find(one => templates.has(one)) ?? [...templates.keys()][0]
      const body = type === undefined ? exchange.body : templates.get(type)!(exchange)
      const set = override(exchange.context, 'responseOverride')
      const headers = { ...mapped(setters, 'header', exchange), ...texts(override(set, 'header')) }
      return {
        status: isStatus(set.status) ? set.status : status,
        headers: { 'Content-Type': type ?? 'application/json', ...headers },
        body: Buffer.from(body),
      }
    },
  }
}

/** The service takes no notice of a status that is text, or none of HTTP's. */
function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 599
}

/** The whole of the status must match, as in Java. */
function patternOf(source: string, where: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, 's')
  } catch {
    throw invalid(where, source, 'a regular expression')
  }
}
