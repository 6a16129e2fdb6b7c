import { invalid } from '@breakwater/circuit/shared'
import { parseJson } from '../aws/parse-json.ts'
import { type Exchange, mediaType } from './exchange.ts'
import { GatewayError } from './gateway-response.ts'
import { at } from './mapping/json-path.ts'
import { headerOf } from './mapping/template.ts'
import type { ApiResource, ApiResources } from './resources.ts'
import { compile, type Validate } from './schema.ts'

type Check = (exchange: Exchange) => void

/** Models that API Gateway brings along. */
const builtIn: Record<string, Validate> = { Empty: () => [], Error: () => [] }

/** The checks of a method's request validator, before the integration sees the request: parameters first, then the body. */
export function compileChecks(
  { id, properties }: ApiResource<'Method'>,
  resources: ApiResources,
): readonly Check[] {
  const { RequestValidatorId, RequestModels, RequestParameters } = properties
  const required = [...RequestParameters].map(([parameter, isRequired]) => {
    const [, kind, name] = /^method\.request\.(header|querystring|path)\.([^.]+)$/.exec(parameter) ?? []
    if (!kind || !name)
      throw invalid(`${id}.RequestParameters`, parameter, 'method.request.header, querystring or path.<name>')
    return { kind: kind as 'header' | 'querystring' | 'path', name, isRequired }
  })
  const models = new Map(
    [...RequestModels].map(([type, model]) => [
      type.toLowerCase(),
      validatorOf(model, resources, `${id}.RequestModels["${type}"]`),
    ]),
  )
  if (RequestValidatorId === undefined) return []

  const validator = resources.find(
    'RequestValidator',
    RequestValidatorId,
    `${id}.RequestValidatorId`,
  ).properties
  const checks: Check[] = []
  if (validator.ValidateRequestParameters) {
    checks.push(({ parameters }) => {
      const missing = required.filter(({ kind, name, isRequired }) => {
        const value = kind === 'header' ? headerOf(parameters.header, name) : at(parameters[kind], [name])
        return isRequired && (value === undefined || value === '')
      })
      if (missing.length === 0) return
      const message = `Missing required request parameters: [${missing.map(({ name }) => name).join(', ')}]`
      throw new GatewayError('BAD_REQUEST_PARAMETERS', { message })
    })
  }
  if (validator.ValidateRequestBody) checks.push(exchange => checkBody(exchange, models))
  return checks
}

/** A body of a type without a model is not checked: only PassthroughBehavior keeps it out. */
function checkBody({ body, parameters }: Exchange, models: ReadonlyMap<string, Validate>): void {
  const validate =
    models.get(mediaType(headerOf(parameters.header, 'content-type'))) ?? models.get('$default')
  if (!validate) return
  let value: unknown
  try {
    value = parseJson(body)
  } catch {
    throw new GatewayError('BAD_REQUEST_BODY', { why: 'the body is not JSON, or nests too deeply' })
  }
  const problems = validate(value)
  if (problems.length > 0) throw new GatewayError('BAD_REQUEST_BODY', { why: `[${problems.join(', ')}]` })
}

function validatorOf(model: string, resources: ApiResources, where: string): Validate {
  const named = resources.all('Model').find(({ properties }) => properties.Name === model)
  if (!named && Object.hasOwn(builtIn, model)) return builtIn[model]!
  const { id, properties } = named ?? resources.find('Model', model, where)
  return compile(schemaOf(properties.Schema, `${id}.Schema`), `${id}.Schema`)
}

/** Templates give it as an object, or as text. */
function schemaOf(schema: unknown, where: string): unknown {
  if (typeof schema !== 'string') return schema
  try {
    return JSON.parse(schema)
  } catch {
    throw invalid(where, schema, 'a JSON schema')
  }
}
