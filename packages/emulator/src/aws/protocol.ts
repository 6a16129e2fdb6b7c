import { type Input, ServiceError } from './json-service.ts'

type Json = Readonly<Record<string, unknown>>

/** Takes the parameters of a request apart, and refuses those that are not of their type by the service's own code. */
export class Reader {
  readonly #code: string

  /** @param code that of a bad parameter */
  constructor(code: string) {
    this.#code = code
  }

  refuse(message: string): ServiceError {
    return new ServiceError(this.#code, message)
  }

  text(input: Input, name: string): string {
    const value = this.optional(input, name)
    if (value) return value
    throw this.refuse(`${name} should not be null or empty.`)
  }

  optional(input: Input, name: string): string | undefined {
    return this.#typed(input, name, 'a text', (value): value is string => typeof value === 'string')
  }

  flag(input: Input, name: string): boolean | undefined {
    return this.#typed(input, name, 'true or false', (value): value is boolean => typeof value === 'boolean')
  }

  whole(input: Input, name: string, least: number, most: number): number | undefined {
    const allowed = `a whole number from ${least} to ${most}`
    const fits = (value: unknown): value is number =>
      Number.isInteger(value) && Number(value) >= least && Number(value) <= most
    return this.#typed(input, name, allowed, fits)
  }

  texts(input: Input, name: string): readonly string[] {
    const fits = (value: unknown): value is string[] =>
      Array.isArray(value) && value.every(item => typeof item === 'string')
    return this.#typed(input, name, 'a list of texts', fits) ?? []
  }

  object(input: Input, name: string): Json | undefined {
    return this.#typed(input, name, 'an object', isObject)
  }

  objects(input: Input, name: string): readonly Json[] | undefined {
    const fits = (value: unknown): value is Json[] => Array.isArray(value) && value.every(isObject)
    return this.#typed(input, name, 'a list of objects', fits)
  }

  /** Refuses what has no effect here, where silence would mislead. */
  only(input: Input, names: readonly string[]): void {
    const unknown = Object.keys(input).find(name => !names.includes(name))
    if (unknown !== undefined)
      throw this.refuse(`${unknown} is not supported locally (${names.join(', ')} are)`)
  }

  #typed<T>(
    input: Input,
    name: string,
    allowed: string,
    fits: (value: unknown) => value is T,
  ): T | undefined {
    const value = input[name] ?? undefined
    if (value === undefined || fits(value)) return value
    throw this.refuse(`Invalid value for ${name}: ${allowed} is expected.`)
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
