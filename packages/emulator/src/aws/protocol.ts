import { type Input, ServiceError } from './json-service.ts'

type Json = Readonly<Record<string, unknown>>

/** Reads the parameters of a request, and refuses one of a wrong type by the service's own error code. */
export class RequestReader {
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

  whole(input: Input, name: string, min: number, max: number): number | undefined {
    const allowed = `a whole number from ${min} to ${max}`
    const fits = (value: unknown): value is number =>
      Number.isInteger(value) && Number(value) >= min && Number(value) <= max
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

  /** Refuses all other parameters: one without effect would mislead if it were accepted in silence. */
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

/** An epoch time in seconds, as the protocol has it. */
export function seconds(ms: number): number {
  return ms / 1_000
}

/** The properties whose values are not undefined. */
export function definedOnly(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
