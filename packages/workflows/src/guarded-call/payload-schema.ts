import { type Checks, checkOptions, invalid, listOf, wholeNumber } from '@breakwater/circuit/shared'

/** Types of JSON Schema. */
export type JsonType = 'array' | 'boolean' | 'integer' | 'null' | 'number' | 'object' | 'string'

/**
 * The JSON schema of a payload: those keywords that mean the same in every draft, and that a state machine can check by
 * itself. An unknown one is refused, since it would not be checked.
 */
export interface PayloadSchema {
  readonly type?: JsonType | readonly JsonType[]
  /** The values that are allowed. */
  readonly enum?: readonly (string | number | boolean | null)[]
  /** Schemas of an object's properties. */
  readonly properties?: Readonly<Record<string, PayloadSchema>>
  /** Properties that an object must have. */
  readonly required?: readonly string[]
  /** Whether an object may have properties beside `properties`. @default true */
  readonly additionalProperties?: boolean
  /** Schema of all items of an array. */
  readonly items?: PayloadSchema
  readonly minItems?: number
  readonly maxItems?: number
  /** In characters. */
  readonly minLength?: number
  /** In characters. */
  readonly maxLength?: number
  /** A regular expression without a slash, which a text must match anywhere unless it has `^` and `$`. */
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly title?: string
  readonly description?: string
}

const types: readonly JsonType[] = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']
/** Each level of a schema nests the expression made of it. */
const maxLevels = 10

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown) => typeof value === 'string'
const size = wholeNumber(0, 1_000_000)
const aNumber = { allowed: 'a number', good: Number.isFinite }
const aText = { allowed: 'a text', good: isText }

const checks: Checks<PayloadSchema> = {
  type: {
    allowed: `one of ${types.join(', ')}, or a list of them`,
    good: value => {
      const list = [value].flat()
      return list.length > 0 && list.every(one => types.includes(one as JsonType))
    },
  },
  enum: listOf(
    {
      allowed: 'a text, a number, true, false or null',
      good: value => value === null || ['string', 'number', 'boolean'].includes(typeof value),
    },
    'values',
    1,
  ),
  properties: { allowed: 'an object of schemas', good: isObject },
  required: listOf(aText, 'names of properties'),
  additionalProperties: { allowed: 'true or false', good: value => typeof value === 'boolean' },
  items: { allowed: 'a schema', good: isObject },
  minItems: size,
  maxItems: size,
  minLength: size,
  maxLength: size,
  pattern: { allowed: 'a regular expression without a slash', good: isPattern },
  minimum: aNumber,
  maximum: aNumber,
  title: aText,
  description: aText,
}

/**
 * Checks a schema with all those in it.
 *
 * @param where owner and path of the schema, for the error.
 * @throws TypeError naming the keyword, its value and what is allowed.
 */
export function checkSchema(where: string, schema: PayloadSchema, level = 1): PayloadSchema {
  if (!isObject(schema)) throw invalid(where, schema, 'a JSON schema, which is an object')
  if (level > maxLevels) throw invalid(where, schema, `at most ${maxLevels} levels`)
  const { properties = {}, items } = checkOptions(where, schema, checks)
  for (const [name, one] of Object.entries(properties)) {
    checkSchema(`${where}.properties.${name.slice(0, 64)}`, one, level + 1)
  }
  if (items) checkSchema(`${where}.items`, items, level + 1)
  return schema
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string' || value === '' || value.includes('/')) return false
  try {
    new RegExp(value, 'u')
    return true
  } catch {
    return false
  }
}

/**
 * A JSONata expression that is true where a value is as a schema says. It is safe for a value of any type: JSONata may
 * evaluate both sides of an `and`, so that conditions are nested by `? :`.
 *
 * @param value an expression of the value.
 */
export function matches(schema: PayloadSchema, value: string, level = 0): string {
  const variable = `$value${level}`
  const { type, enum: values, properties, required = [], additionalProperties, items } = schema
  const { minItems, maxItems, minLength, maxLength, pattern, minimum, maximum } = schema
  const at = (name: string) => `$lookup(${variable}, ${JSON.stringify(name)})`
  const known = JSON.stringify(Object.keys(properties ?? {}))
  const ofItems = `$sum($map(${variable}, function($item${level}) { ${items && matches(items, `$item${level}`, level + 1)} ? 0 : 1 })) = 0`
  const conditions = [
    type && any([type].flat().map(one => isOfType(variable, one))),
    values && `${variable} in ${JSON.stringify(values)}`,
    ...where(variable, 'string', [
      minLength !== undefined && `$length(${variable}) >= ${minLength}`,
      maxLength !== undefined && `$length(${variable}) <= ${maxLength}`,
      pattern !== undefined && `$contains(${variable}, /${pattern}/)`,
    ]),
    ...where(variable, 'number', [
      minimum !== undefined && `${variable} >= ${minimum}`,
      maximum !== undefined && `${variable} <= ${maximum}`,
    ]),
    ...where(variable, 'array', [
      minItems !== undefined && `$count(${variable}) >= ${minItems}`,
      maxItems !== undefined && `$count(${variable}) <= ${maxItems}`,
      items && `$count(${variable}) = 0 ? true : ${ofItems}`,
    ]),
    ...where(variable, 'object', [
      ...required.map(name => `$exists(${at(name)})`),
      additionalProperties === false && `$count($keys(${variable})[$not($ in ${known})]) = 0`,
      ...Object.entries(properties ?? {}).map(
        ([name, one]) => `$exists(${at(name)}) ? ${matches(one, at(name), level + 1)} : true`,
      ),
    ]),
  ]
  return `(${variable} := ${value}; ${all(conditions)})`
}

type Condition = string | false | undefined

/** The conditions, for a value of the type that they are about. */
function where(value: string, type: string, conditions: readonly Condition[]): readonly string[] {
  if (!conditions.some(Boolean)) return []
  return [`$type(${value}) = '${type}' ? ${all(conditions)} : true`]
}

function isOfType(value: string, type: JsonType): string {
  if (type !== 'integer') return `$type(${value}) = '${type}'`
  return `$type(${value}) = 'number' ? $floor(${value}) = ${value} : false`
}

function all(conditions: readonly Condition[]): string {
  return conditions.reduceRight<string>((rest, one) => (one ? `((${one}) ? ${rest} : false)` : rest), 'true')
}

function any(conditions: readonly string[]): string {
  return conditions.reduceRight((rest, one) => `((${one}) ? true : ${rest})`, 'false')
}
