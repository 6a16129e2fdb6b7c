import { invalid } from '@breakwater/circuit/shared'
import { toText } from './java.ts'
import { at, parseJsonPath } from './json-path.ts'
import { contextValue, headerOf, readBody, type Variables } from './template.ts'

/** The input of a mapping: a request, and for a response the backend's answer, too. */
export interface MappingInput extends Variables {
  readonly responseHeaders?: Readonly<Record<string, string>>
}

type Source = (input: MappingInput) => string | undefined
type Side = 'method.request' | 'integration.response' | 'gateway'

/**
 * Compiles where a parameter's value comes from: `'static'`, `context.…`, `stageVariables.…`, and the side's own values:
 * `method.request.header.X`, `integration.response.body.a.b`.
 *
 * @throws TypeError naming `where`.
 */
export function compileSource(expression: string, side: Side, where: string): Source {
  if (/^'.*'$/s.test(expression)) {
    const value = expression.slice(1, -1)
    return () => value
  }
  const [, context] = /^context\.(.+)$/.exec(expression) ?? []
  if (context) return ({ context: all }) => shown(contextValue(all, context))
  const [, variable] = /^stageVariables\.(\w+)$/.exec(expression) ?? []
  if (variable) return ({ stageVariables }) => shown(at(stageVariables, [variable]))

  const response = side === 'integration.response'
  const [, kind, name = ''] =
    /^method\.request\.(header|querystring|path)\.([^.\s]+)$/.exec(response ? '' : expression) ?? []
  if (kind === 'header') return ({ parameters }) => headerOf(parameters.header, name)
  if (kind) return ({ parameters }) => shown(at(parameters[kind as 'path' | 'querystring'], [name]))
  const [, header] = /^integration\.response\.header\.([^.\s]+)$/.exec(response ? expression : '') ?? []
  if (header) return ({ responseHeaders = {} }) => headerOf(responseHeaders, header)

  const body = `${side}.body`
  if (side !== 'gateway' && (expression === body || expression.startsWith(`${body}.`))) {
    const path = parseJsonPath(`$${expression.slice(body.length)}`)
    return mapParameters =>
      path.length === 0 ? mapParameters.body : shown(at(readBody(mapParameters.body), path))
  }
  throw invalid(where, expression, `'a text', context.…, stageVariables.… or ${side}.… (of one value)`)
}

/** The value as a parameter; undefined leaves the parameter out. */
function shown(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : toText(value)
}

/** A parameter that is set. */
export interface ParameterMapping {
  readonly kind: string
  readonly name: string
  readonly source: Source
}

/** Compiles a map of parameters, such as `{"integration.request.header.X": "'static'"}`. */
export function compileMapping(
  parameters: ReadonlyMap<string, string>,
  target: string,
  kinds: readonly string[],
  side: Side,
  where: string,
): readonly ParameterMapping[] {
  return [...parameters].map(([parameter, expression]) => {
    const [kind = '', name = ''] = parameter.startsWith(`${target}.`)
      ? parameter.slice(target.length + 1).split('.')
      : []
    if (!kinds.includes(kind) || name === '')
      throw invalid(where, parameter, kinds.map(one => `${target}.${one}.<name>`).join(', '))
    return { kind, name, source: compileSource(expression, side, `${where}["${parameter}"]`) }
  })
}

/** The values of all parameters of one kind that have one. */
export function mapped(
  setters: readonly ParameterMapping[],
  kind: string,
  from: MappingInput,
): Record<string, string> {
  const values: Record<string, string> = {}
  for (const { kind: its, name, source } of setters) {
    const value = its === kind ? source(from) : undefined
    if (value !== undefined) values[name] = value
  }
  return values
}
