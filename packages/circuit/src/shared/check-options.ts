import { aPlainText, checkNames, invalid, isPlainText, largest } from '../validate.ts'

/** Whether a value may be given, and in words what may be. */
export interface Check {
  /** What is allowed, in words that follow "allowed is". */
  readonly allowed: string
  /** `where`: owner and name, for a check that throws an error of its own. */
  readonly good: (value: unknown, where?: string) => boolean
  /** True where the value must be given. @default false: `undefined` stands for the default */
  readonly required?: boolean
}

/** One check for each option of `T`: none can be forgotten. */
export type Checks<T> = { readonly [Name in keyof T]-?: Check }

/**
 * Checks the options of a class or function, so that a bad one is noticed where it is written. An option that does not
 * exist is refused: a misspelt one would be a silent default.
 *
 * @param owner the class or function that the options were given to; every message begins with it.
 * @param options what was given. `undefined` is good for every option that is not {@link required}.
 * @param checks one for each option, by its name.
 * @param path put before each name, for options inside of an option: `'waves.'`.
 * @returns the options.
 * @throws TypeError `owner: name: got VALUE; allowed is …`. Objects and functions are never quoted.
 * @example
 * const { attempts = 3, clock = systemClock } = checkOptions('retry', options, {
 *   attempts: wholeNumber(1, 10),
 *   clock: objectWith('a Clock', 'now', 'setTimeout'),
 * })
 */
export function checkOptions<T extends object>(owner: string, options: T, checks: Checks<T>, path = ''): T {
  if (!anObject.good(options))
    throw invalid(`${owner}: ${path.slice(0, -1) || 'options'}`, options, anObject.allowed)
  const names = Object.keys(checks) as (keyof T & string)[]
  checkNames(`${owner}: ${path}option`, options, names)
  for (const name of names) checkValue(owner, path + name, options[name], checks[name])
  return options
}

/**
 * Checks one value: an argument, or an option that needs more than {@link checkOptions} does.
 *
 * @throws TypeError `owner: name: got VALUE; allowed is …`.
 * @example
 * checkValue('withDeadline', 'handler', handler, required(aFunction))
 */
export function checkValue(owner: string, name: string, value: unknown, check: Check): void {
  const where = `${owner}: ${name}`
  if (!check.good(value, where) && (check.required || value !== undefined))
    throw invalid(where, value, check.allowed)
}

/**
 * The same check, of a value that must be given.
 *
 * @example
 * checkOptions('guard', options, { circuit: required(objectWith('a Circuit', 'run')) })
 */
export function required(check: Check): Check {
  return { ...check, required: true }
}

/**
 * A function.
 *
 * @example
 * checkOptions('guardFetch', options, { key: aFunction })
 */
export const aFunction: Check = { allowed: 'a function', good: value => typeof value === 'function' }

/**
 * true or false: a text such as 'false' would be true.
 *
 * @example
 * checkOptions('retry', options, { idempotent: trueOrFalse })
 */
export const trueOrFalse: Check = { allowed: 'true or false', good: value => typeof value === 'boolean' }

/**
 * An object that is no list.
 *
 * @example
 * checkValue('guardTask', 'task', task, required(anObject))
 */
export const anObject: Check = {
  allowed: 'an object',
  good: value => typeof value === 'object' && value !== null && !Array.isArray(value),
}

/**
 * A text of 1 to 256 characters.
 *
 * @example
 * checkOptions('guardClient', options, { name: text })
 */
export const text: Check = {
  allowed: 'a text of 1 to 256 characters',
  good: value => typeof value === 'string' && value !== '' && value.length <= 256,
}

/**
 * The name of a circuit: a text of 1 to 256 characters without control characters and lone surrogates, which tables,
 * metrics and logs write in other ways, so that two names would look or be the same.
 *
 * @example
 * checkValue('keyOf', 'circuit', name, required(circuitName))
 */
export const circuitName: Check = { allowed: aPlainText, good: isPlainText }

/**
 * A text that matches a pattern.
 *
 * @param allowed says in words what the pattern asks for.
 * @example
 * const account = textLike(/^\d{12}$/, 'an account id of 12 digits')
 */
export function textLike(pattern: RegExp, allowed: string): Check {
  return { allowed, good: value => typeof value === 'string' && pattern.test(value) }
}

/**
 * A number of a range, both ends included. Infinity and NaN are none.
 *
 * @example
 * checkOptions('circuitBreaker', options, { marginMs: numberBetween(0, 900_000) })
 */
export function numberBetween(from: number, to: number, kind: '' | 'whole ' = ''): Check {
  return {
    allowed: `a ${kind}number from ${from} to ${to}`,
    good: value => isNumber(kind, value) && value >= from && value <= to,
  }
}

/**
 * A whole number of a range, both ends included.
 *
 * @example
 * checkOptions('DynamoDbStore', options, { requestTimeoutMs: wholeNumber(1, 60_000) })
 */
export function wholeNumber(from: number, to: number): Check {
  return numberBetween(from, to, 'whole ')
}

const isNumber = (kind: '' | 'whole ', value: unknown): value is number =>
  kind ? Number.isInteger(value) : typeof value === 'number'

const above0 = (kind: '' | 'whole ', max: number): Check => ({
  allowed: `a ${kind}number above 0, at most ${max}`,
  good: value => isNumber(kind, value) && value > 0 && value <= max,
})

/**
 * A share of a whole, above 0 and at most 1: options that end in `Rate`.
 *
 * @example
 * checkOptions('retry', options, { budgetRate: share })
 */
export const share = /* @__PURE__ */ above0('', 1)

/**
 * A time above 0, at most what a timer can hold (24.8 days): options that end in `Ms`.
 *
 * @example
 * checkOptions('guardClient', options, { timeoutMs: milliseconds })
 */
export const milliseconds = /* @__PURE__ */ above0('', largest)

/**
 * A point in time.
 *
 * @example
 * checkValue('runWithDeadline', 'deadline', deadline, required(epochMs))
 */
export const epochMs: Check = { allowed: 'epoch ms', good: value => Number.isFinite(value) }

/**
 * A whole number from 1 on.
 *
 * @example
 * checkOptions('retry', options, { attempts: count })
 */
export const count = /* @__PURE__ */ above0('whole ', largest)

/**
 * An object, or a function, that has methods of these names.
 *
 * @param allowed what it should be: 'a Circuit', 'a DynamoDBClient'.
 * @example
 * checkOptions('WorkflowClient', options, { client: objectWith('an SFNClient', 'send') })
 */
export function objectWith(allowed: string, ...methods: readonly string[]): Check {
  return {
    allowed,
    good: value =>
      methods.every(name => typeof (value as Record<string, unknown> | null)?.[name] === 'function'),
  }
}

/**
 * A list, each item of which is good. Messages name the item: `clusters[1]`.
 *
 * @param allowed what the items should be, in the plural: 'names of clusters'.
 * @param min the least number of items. @default 0
 * @example
 * checkOptions('discover', options, { clusters: listOf(clusterName, 'names of clusters', 1) })
 */
export function listOf(items: Check, allowed: string, min = 0): Check {
  return {
    allowed: `a list of ${min > 0 ? `at least ${min} of ` : ''}${allowed}`,
    good(list, where = 'item') {
      if (!Array.isArray(list) || list.length < min) return false
      for (const [index, item] of list.entries()) {
        if (!items.good(item, `${where}[${index}]`)) throw invalid(`${where}[${index}]`, item, items.allowed)
      }
      return true
    },
  }
}

/**
 * One of some values.
 *
 * @example
 * checkOptions('guardClient', options, { per: oneOf('service', 'operation') })
 */
export function oneOf(...values: readonly (string | number | boolean)[]): Check {
  return { allowed: values.join(', '), good: value => values.includes(value as string) }
}
