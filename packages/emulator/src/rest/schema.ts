import { isDeepStrictEqual } from 'node:util'
import { invalid } from '@breakwater/circuit/shared'
import { isMap } from './mapping/json-path.ts'

/** The violations of a schema by a value, a line each. */
export type Validate = (value: unknown) => readonly string[]

type Keyword = (argument: never, where: string, schema: Record<string, unknown>) => Validate

/** They describe, and decide nothing. */
const annotations = ['$schema', 'id', 'title', 'description', 'default', 'example']

const keywords: Record<string, Keyword> = {
  type: (argument: unknown, where) => {
    const types = (Array.isArray(argument) ? argument : [argument]).map(type => {
      if (typeof type === 'string' && Object.hasOwn(isType, type)) return type as keyof typeof isType
      throw invalid(where, type, Object.keys(isType).join(', '))
    })
    return must(value => types.some(type => isType[type](value)), `must be ${types.join(' or ')}`)
  },
  enum: (argument: unknown, where) => {
    if (!Array.isArray(argument) || argument.length === 0) throw invalid(where, argument, 'a list of values')
    return must(
      value => argument.some(one => isDeepStrictEqual(one, value)),
      'must be one of the enumeration',
    )
  },
  required: (argument: unknown, where) => {
    const names = Array.isArray(argument)
      ? argument.map(name => checked(name, where, isType.string))
      : undefined
    if (!names) throw invalid(where, argument, 'a list of names')
    return value =>
      isMap(value) ? names.filter(name => !Object.hasOwn(value, name)).map(name => `misses ${name}`) : []
  },
  properties: (argument: unknown, where) => {
    const schemas = Object.entries(checked(argument, where, isMap))
    const validators = schemas.map(([name, schema]) => [name, compile(schema, `${where}.${name}`)] as const)
    return value =>
      isMap(value)
        ? validators.flatMap(([name, validate]) =>
            Object.hasOwn(value, name) ? inside(name, validate(value[name])) : [],
          )
        : []
  },
  additionalProperties: (argument: unknown, where, schema) => {
    const properties = isMap(schema.properties) ? schema.properties : {}
    const validate =
      typeof argument === 'boolean' ? must(() => argument, 'is not allowed') : compile(argument, where)
    return value =>
      isMap(value)
        ? Object.entries(value).flatMap(([name, item]) =>
            Object.hasOwn(properties, name) ? [] : inside(name, validate(item)),
          )
        : []
  },
  items: (argument: unknown, where) => {
    const validate = compile(argument, where)
    return value =>
      Array.isArray(value) ? value.flatMap((item, index) => inside(`[${index}]`, validate(item))) : []
  },
  pattern: (argument: unknown, where) => {
    const source = checked(argument, where, isType.string)
    const expression = regularExpression(source, where)
    return must(value => typeof value !== 'string' || expression.test(value), `must match ${source}`)
  },
  minLength: size(
    (value, limit) => typeof value !== 'string' || [...value].length >= limit,
    'characters at least',
  ),
  maxLength: size(
    (value, limit) => typeof value !== 'string' || [...value].length <= limit,
    'characters at most',
  ),
  minItems: size((value, limit) => !Array.isArray(value) || value.length >= limit, 'items at least'),
  maxItems: size((value, limit) => !Array.isArray(value) || value.length <= limit, 'items at most'),
  minimum: (limit: unknown, where) => {
    const min = checked(limit, where, isType.number)
    return must(value => typeof value !== 'number' || value >= min, `must be at least ${min}`)
  },
  maximum: (limit: unknown, where) => {
    const max = checked(limit, where, isType.number)
    return must(value => typeof value !== 'number' || value <= max, `must be at most ${max}`)
  },
}

const isType = {
  array: Array.isArray,
  boolean: (value: unknown): value is boolean => typeof value === 'boolean',
  integer: (value: unknown): value is number => Number.isInteger(value),
  null: (value: unknown): value is null => value === null,
  number: (value: unknown): value is number => typeof value === 'number',
  object: isMap,
  string: (value: unknown): value is string => typeof value === 'string',
}

/**
 * Compiles the part of JSON Schema draft 4 that models use here.
 *
 * @throws TypeError for a keyword that is not supported, or has an argument that makes no sense.
 * @example
 * compile({ type: 'object', required: ['order'] }, 'Model.Schema')({}) // ['misses order']
 */
export function compile(schema: unknown, where: string): Validate {
  const own = checked(schema, where, isMap)
  const validators: Validate[] = []
  for (const [name, argument] of Object.entries(own)) {
    if (annotations.includes(name)) continue
    const keyword = Object.hasOwn(keywords, name) ? keywords[name] : undefined
    if (!keyword) throw invalid(`${where}.${name}`, argument, Object.keys(keywords).join(', '))
    validators.push(keyword(argument as never, `${where}.${name}`, own))
  }
  return value => validators.flatMap(validate => validate(value))
}

function must(holds: (value: unknown) => boolean, otherwise: string): Validate {
  return value => (holds(value) ? [] : [otherwise])
}

function size(holds: (value: unknown, limit: number) => boolean, what: string): Keyword {
  return (argument: unknown, where) => {
    const limit = checked(argument, where, isCount)
    return must(value => holds(value, limit), `must have ${limit} ${what}`)
  }
}

function isCount(value: unknown): value is number {
  return isType.integer(value) && value >= 0
}

function inside(name: string, problems: readonly string[]): readonly string[] {
  return problems.map(problem => `${name} ${problem}`)
}

function checked<T>(value: unknown, where: string, holds: (value: unknown) => value is T): T {
  if (holds(value)) return value
  throw invalid(where, value, 'what JSON Schema draft 4 says')
}

function regularExpression(source: string, where: string): RegExp {
  try {
    return new RegExp(source, 'u')
  } catch {
    throw invalid(where, source, 'a regular expression')
  }
}
