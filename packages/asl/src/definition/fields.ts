import { DefinitionError } from '../errors.ts'
import type { StatesField } from '../expressions/check-expression.ts'
import { compileTemplate, expressionIn, type Template } from '../expressions/template.ts'
import { isObject, type Json } from '../values.ts'

/** Fields that only JSONPath mode has. */
const jsonPath =
  /^(InputPath|OutputPath|ResultPath|ResultSelector|Parameters|Result|ItemsPath|Iterator|Variable|.+Path)$/
/** The limit of every number of seconds in a definition. */
export const maxSeconds = 99_999_999

/** Reads an object of a definition field by field, and refuses what is not allowed. */
export class Fields {
  readonly state: string | undefined
  readonly #path: string
  readonly #fields: Readonly<Record<string, unknown>>

  /** @param path path of the object in its state, such as `Retry[0]`; empty for the state itself. */
  constructor(value: unknown, state: string | undefined, path = '') {
    this.state = state
    this.#path = path
    if (!isObject(value))
      throw new DefinitionError(state, path || 'definition', `got ${shown(value)}; allowed is an object`)
    this.#fields = value
  }

  /** Refuses fields that are not among these. */
  only(...names: readonly string[]): this {
    for (const name of Object.keys(this.#fields)) {
      if (names.includes(name)) continue
      const why = jsonPath.test(name)
        ? 'belongs to JSONPath mode, and only JSONata is supported'
        : 'is unknown here'
      throw new DefinitionError(this.state, this.#pathOf(name), `${why}; allowed is ${names.join(', ')}`)
    }
    return this
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name)
  }

  get(name: string): unknown {
    return this.has(name) ? this.#fields[name] : undefined
  }

  refuse(name: string, allowed: string): DefinitionError {
    const got = this.has(name) ? `got ${shown(this.#fields[name])}` : 'is missing'
    return new DefinitionError(this.state, this.#pathOf(name), `${got}; allowed is ${allowed}`)
  }

  text(name: string, allowed = 'a text that is not empty'): string {
    const value = this.get(name)
    if (typeof value === 'string' && value !== '') return value
    throw this.refuse(name, allowed)
  }

  oneOf<T extends string>(name: string, ...allowed: readonly T[]): T {
    const value = this.get(name)
    if ((allowed as readonly unknown[]).includes(value)) return value as T
    throw this.refuse(name, allowed.map(one => JSON.stringify(one)).join(' or '))
  }

  list(name: string, minLength = 1): readonly unknown[] {
    const value = this.get(name)
    if (Array.isArray(value) && value.length >= minLength) return value
    throw this.refuse(name, minLength ? 'an array that is not empty' : 'an array')
  }

  number(name: string, defaultValue: number, min: number, max: number, whole = true): number {
    if (!this.has(name)) return defaultValue
    const value = this.get(name) as number
    const isRight = typeof value === 'number' && value >= min && value <= max
    if (isRight && (!whole || Number.isInteger(value))) return value
    throw this.refuse(name, `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`)
  }

  /** The objects of a list; errors name the index. */
  objects(name: string, minLength = 1): readonly Fields[] {
    return this.list(name, minLength).map(
      (value, n) => new Fields(value, this.state, `${this.#pathOf(name)}[${n}]`),
    )
  }

  object(name: string): Fields {
    return new Fields(this.get(name), this.state, this.#pathOf(name))
  }

  /** A field of any JSON that may hold expressions; undefined where it is not there. */
  template(name: string, states: readonly StatesField[]): Template | undefined {
    if (!this.has(name)) return undefined
    try {
      return compileTemplate(this.get(name) as Json, this.#pathOf(name), states)
    } catch (error) {
      throw new DefinitionError(
        this.state,
        this.#pathOf(name),
        error instanceof Error ? error.message : String(error),
      )
    }
  }

  /** A field that is an expression, or a value that `isRight` accepts. */
  dynamic(
    name: string,
    allowed: string,
    isRight: (value: unknown) => boolean,
    states: readonly StatesField[],
  ): Template | undefined {
    const made = this.template(name, states)
    const value = this.get(name)
    const isExpression = made && typeof value === 'string' && expressionIn(value) !== undefined
    if (!made || isExpression || isRight(value)) return made
    throw this.refuse(name, `${allowed}, or an expression {% … %}`)
  }

  #pathOf(name: string): string {
    return this.#path ? `${this.#path}.${name}` : name
  }
}

function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 64 ? `${text.slice(0, 64)}…` : text
}
