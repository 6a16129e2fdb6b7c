import jsonata, { type Expression } from 'jsonata'
import { StateFailure } from '../errors.ts'
import { type Json, type JsonObject, nestsTooDeep } from '../values.ts'
import { checkExpression, type StatesField } from './check-expression.ts'
import { addFunctions, sourcesName, type TimeAndRandom } from './functions.ts'

/** The values that an expression can use. */
export interface Bindings {
  /** `$states`. */
  readonly states: JsonObject
  readonly variables: JsonObject
  readonly sources: TimeAndRandom
}

/** Evaluates to a value of JSON. @throws StateFailure named States.QueryEvaluationError. */
export type Evaluate = (scene: Bindings) => Promise<Json>

/** An expression that does not end is stopped after so many ms of real time. */
const timeoutMs = 10_000

/**
 * Compiles an expression, which can then be evaluated many times.
 *
 * @param text the JSONata between `{%` and `%}`.
 * @param location the field that it is in, for errors.
 * @param states the fields of `$states` that exist there.
 * @throws Error with the reason, for an expression that is invalid.
 */
export function compileExpression(text: string, location: string, states: readonly StatesField[]): Evaluate {
  const compiled = parse(text)
  checkExpression(compiled.ast(), states)
  addFunctions(compiled)
  return async ({ states, variables, sources }) => {
    let result: unknown
    try {
      result = await compiled.evaluate(undefined, { ...variables, states, [sourcesName]: sources })
    } catch (error) {
      throw failure(text, location, `threw an error during evaluation. ${messageOf(error)}`)
    }
    if (result === undefined) throw failure(text, location, 'returned nothing (undefined).')
    const json = jsonOf(result)
    if (json === undefined) throw failure(text, location, 'returned an unsupported result type.')
    return JSON.parse(json)
  }
}

function parse(text: string): Expression {
  try {
    return jsonata(text, { timeout: timeoutMs })
  } catch (error) {
    throw new Error(`the JSONata expression ${JSON.stringify(text)} is invalid: ${messageOf(error)}`)
  }
}

/** The result as JSON; undefined where it holds a function, or nests too deeply to be written. */
function jsonOf(result: unknown): string | undefined {
  if (nestsTooDeep(result)) return undefined
  let isPlain = true
  const json = JSON.stringify(result, (_, value: unknown) => {
    if (!isFunction(value)) return value
    isPlain = false
    return null
  })
  return isPlain ? json : undefined
}

function isFunction(value: unknown): boolean {
  if (typeof value === 'function') return true
  return (
    typeof value === 'object' &&
    value !== null &&
    ('_jsonata_lambda' in value || '_jsonata_function' in value)
  )
}

function failure(text: string, location: string, what: string): StateFailure {
  const cause = `The JSONata expression '${text}' specified for the field '${location}' ${what}`
  return new StateFailure('States.QueryEvaluationError', cause, location)
}

/** JSONata throws plain objects. */
function messageOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: string; message?: string }
  return [code, message ?? String(error)].filter(Boolean).join(': ')
}
