import { invalid } from '@breakwater/circuit/shared'

/** The meaning of names in a template, seen from one place of it. `where` names the place in errors. */
export interface Scope {
  ref(name: string, where: string): unknown
  attribute(id: string, attribute: string, where: string): unknown
  condition(name: string, where: string): boolean
  mapping(map: string, first: string, second: string, where: string): unknown
  importValue(name: string, where: string): unknown
}

/** The value of `{ Ref: 'AWS::NoValue' }`: the property or the item is not there. */
export const noValue = Symbol('AWS::NoValue')

type Function = (argument: unknown, where: string, scope: Scope) => unknown

const functions: Readonly<Record<string, Function>> = {
  Ref: (name, where, scope) => scope.ref(textOf(where, name), where),
  'Fn::GetAtt': getAttribute,
  'Fn::Sub': sub,
  'Fn::Join': join,
  'Fn::Select': select,
  'Fn::Split': split,
  'Fn::If': choose,
  'Fn::FindInMap': (argument, where, scope) => {
    const [map, first, second] = listOf(where, argument, 3, '[map, first key, second key]').map(key =>
      textOf(where, resolveValue(key, where, scope)),
    )
    return scope.mapping(map!, first!, second!, where)
  },
  'Fn::ImportValue': (name, where, scope) =>
    scope.importValue(textOf(where, resolveValue(name, where, scope)), where),
  'Fn::Base64': (value, where, scope) =>
    Buffer.from(textOf(where, resolveValue(value, where, scope))).toString('base64'),
}

/**
 * Replaces every intrinsic function in a value by its result.
 *
 * @returns {@link noValue} if the whole value is not there.
 * @throws TypeError naming the place of a function that is unknown, of bad arguments, or that refers to nothing.
 */
export function resolveValue(value: unknown, where: string, scope: Scope): unknown {
  if (typeof value === 'string') return withoutDynamicReference(where, value)
  if (Array.isArray(value)) {
    return value.map((item, index) => resolveValue(item, `${where}[${index}]`, scope)).filter(isThere)
  }
  if (typeof value !== 'object' || value === null) return value
  const keys = Object.keys(value)
  const name =
    keys.find(key => key.startsWith('Fn::')) ?? (keys[0] === 'Ref' && keys.length === 1 ? 'Ref' : undefined)
  if (name === undefined) {
    const entries = Object.entries(value).map(
      ([key, item]) => [key, resolveValue(item, `${where}.${key}`, scope)] as const,
    )
    return Object.fromEntries(entries.filter(([, item]) => isThere(item)))
  }
  if (keys.length > 1)
    throw invalid(where, value, `${name} alone, without ${keys.filter(key => key !== name).join(', ')}`)
  if (!Object.hasOwn(functions, name)) {
    throw invalid(where, name, `one of ${Object.keys(functions).join(', ')}`)
  }
  return functions[name]!((value as Record<string, unknown>)[name], `${where}.${name}`, scope)
}

function isThere(value: unknown): boolean {
  return value !== noValue
}

function getAttribute(argument: unknown, where: string, scope: Scope): unknown {
  const whole = typeof argument === 'string' ? splitAtDot(argument) : argument
  const [id, attribute] = listOf(where, whole, 2, '[logical id, attribute] or "id.attribute"')
  return scope.attribute(textOf(where, id), textOf(where, resolveValue(attribute, where, scope)), where)
}

function sub(argument: unknown, where: string, scope: Scope): string {
  const [template, own] =
    typeof argument === 'string' ? [argument, {}] : listOf(where, argument, 2, 'a text, or [text, variables]')
  const variables = resolveValue(own, where, scope)
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables)) {
    throw invalid(where, variables, 'variables as an object')
  }
  return substitute(textOf(where, template), name => {
    if (Object.hasOwn(variables, name)) return textOf(where, (variables as Record<string, unknown>)[name])
    const [id, attribute] = splitAtDot(name)
    return textOf(
      where,
      attribute === undefined ? scope.ref(name, where) : scope.attribute(id!, attribute, where),
    )
  })
}

function join(argument: unknown, where: string, scope: Scope): string {
  const [delimiter, items] = listOf(where, argument, 2, '[delimiter, list]')
  const list = resolveValue(items, where, scope)
  if (!Array.isArray(list)) throw invalid(where, list, 'a list of texts')
  return list.map(item => textOf(where, item)).join(textOf(where, delimiter))
}

function select(argument: unknown, where: string, scope: Scope): unknown {
  const [at, items] = listOf(where, argument, 2, '[index, list]')
  const index = Number(textOf(where, resolveValue(at, where, scope)))
  const list = resolveValue(items, where, scope)
  if (!Array.isArray(list)) throw invalid(where, list, 'a list')
  if (!Number.isInteger(index) || index < 0 || index >= list.length) {
    throw invalid(where, index, `an index from 0 to ${list.length - 1}`)
  }
  return list[index]
}

function split(argument: unknown, where: string, scope: Scope): string[] {
  const [delimiter, value] = listOf(where, argument, 2, '[delimiter, text]')
  const between = textOf(where, delimiter)
  if (between === '') throw invalid(where, between, 'a delimiter of at least one character')
  return textOf(where, resolveValue(value, where, scope)).split(between)
}

/** Only the branch that is chosen is resolved: the other may refer to resources that are not there. */
function choose(argument: unknown, where: string, scope: Scope): unknown {
  const [name, yes, no] = listOf(where, argument, 3, '[condition, value if true, value if false]')
  return resolveValue(scope.condition(textOf(where, name), where) ? yes : no, where, scope)
}

function splitAtDot(text: string): string[] {
  const at = text.indexOf('.')
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function listOf(where: string, value: unknown, length: number, form: string): readonly unknown[] {
  if (Array.isArray(value) && value.length === length) return value
  throw invalid(where, value, form)
}

/** Returns a text; numbers and truth values are made one, as CloudFormation does. */
export function textOf(where: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  throw invalid(where, value === noValue ? undefined : value, 'a text')
}

function withoutDynamicReference(where: string, text: string): string {
  if (!text.includes('{{resolve:')) return text
  throw invalid(where, text, 'no dynamic reference: secrets and parameters of an account are not here')
}

/** A variable, or, with an exclamation mark, a text that only looks like one. */
const variable = /\$\{(!?)([^{}]*)\}/g

/** Replaces `${name}` in a text; `${!name}` becomes `${name}`. */
function substitute(text: string, meaningOf: (name: string) => string): string {
  return text.replace(variable, (_, literal: string, name: string) =>
    literal ? `\${${name}}` : meaningOf(name.trim()),
  )
}
