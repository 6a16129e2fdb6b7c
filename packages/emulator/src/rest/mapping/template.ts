import { parseJson } from '../../aws/parse-json.ts'
import { Callable, toText } from './java.ts'
import { at, isMap, parseJsonPath } from './json-path.ts'
import { parseTemplate } from './template-check.ts'
import { type Node, Velocity } from './velocity.ts'

/** The parameters of a request, by where they stand in it. */
export interface Parameters {
  readonly path: Readonly<Record<string, string>>
  readonly querystring: Readonly<Record<string, string>>
  readonly header: Readonly<Record<string, string>>
}

/** Variables that a template may read, and in `context` also set. */
export interface Variables {
  readonly body: string
  readonly parameters: Parameters
  readonly context: Record<string, unknown>
  readonly stageVariables: Readonly<Record<string, string>>
}

/** A mapping template that has been parsed and checked. */
export type Template = (variables: Variables) => string

/** A body that a template reads as JSON, and that is none. */
export class BodyError extends Error {
  override readonly name: string = 'BodyError'
}

/**
 * Compiles a mapping template of API Gateway.
 *
 * @throws TypeError naming `where` and the part that does not work.
 */
export function compileTemplate(text: string, where: string): Template {
  const parsed = new Map<string, Node[]>()
  const nodes = parseTemplate(text, where, parsed)
  const util = new Util()
  return ({ body, parameters, context, stageVariables }) =>
    new Velocity(nodes, parsed).render({ input: new Input(body, parameters), util, context, stageVariables })
}

/** A body as JSON; none at all is an empty object. */
export function readBody(body: string): unknown {
  try {
    return parseJson(body || '{}')
  } catch (error) {
    throw new BodyError((error as Error).message)
  }
}

/** The variable `$input` of templates. */
class Input extends Callable {
  readonly body: string
  readonly #parameters: Parameters
  #value: { readonly json: unknown } | undefined

  constructor(body: string, parameters: Parameters) {
    super()
    this.body = body === '' ? '{}' : body
    this.#parameters = parameters
  }

  /** The body read as JSON, once, and only for templates that ask. */
  get #json(): unknown {
    this.#value ??= { json: readBody(this.body) }
    return this.#value.json
  }

  json = (_: unknown, path: unknown = '$'): string => {
    const found = at(this.#json, parseJsonPath(toText(path)))
    return found === undefined ? '""' : JSON.stringify(found)
  }

  path = (_: unknown, path: unknown = '$'): unknown => at(this.#json, parseJsonPath(toText(path)))

  params = (_: unknown, name?: unknown): unknown => {
    if (name === undefined) return this.#parameters
    const { path, querystring, header } = this.#parameters
    return (
      [path, querystring].map(all => own(all, toText(name))).find(Boolean) ??
      headerOf(header, toText(name)) ??
      ''
    )
  }
}

function own(all: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined
}

/** A header's value, whatever the case of its name. */
export function headerOf(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  const exact = own(headers, name)
  if (exact !== undefined) return exact
  const lower = name.toLowerCase()
  return Object.entries(headers).find(([header]) => header.toLowerCase() === lower)?.[1]
}

/** The value of `$context.a.b`; undefined where there is none. */
export function contextValue(context: unknown, name: string): unknown {
  return at(context, name.split('.'))
}

/** A property of `context` that templates may have set; only an object counts. */
export function override(context: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = context[name]
  return isMap(value) ? value : {}
}

const short: Record<string, string> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  "'": "\\'",
  '\\': '\\\\',
  '/': '\\/',
}

/** The variable `$util` of templates. */
export class Util extends Callable {
  /**
   * Text for a JavaScript string. In JSON `\'` is not allowed: templates add `.replaceAll("\\'", "'")`, as the service
   * wants it too.
   */
  escapeJavaScript = (_: unknown, value: unknown): string =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these have to be escaped
    toText(value).replace(/[\u0000-\u001f"'\\/\u007f-\uffff]/g, one => short[one] ?? unicode(one))

  parseJson = (_: unknown, text: unknown): unknown => parseJson(toText(text))

  urlEncode = (_: unknown, value: unknown): string =>
    new URLSearchParams([['', toText(value).toWellFormed()]]).toString().slice(1)

  urlDecode = (_: unknown, value: unknown): string => decodeURIComponent(toText(value).replaceAll('+', ' '))

  base64Encode = (_: unknown, value: unknown): string => Buffer.from(toText(value)).toString('base64')

  base64Decode = (_: unknown, value: unknown): string => Buffer.from(toText(value), 'base64').toString()
}

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}
