import { isObject, type Json } from '../values.ts'
import type { StatesField } from './check-expression.ts'
import { type Bindings, compileExpression, type Evaluate } from './expression.ts'

/** A field whose texts may be expressions. */
export interface Template {
  /** Its value, where it holds no expression. */
  readonly constant: Json | undefined
  evaluate(scene: Bindings): Promise<Json> | Json
}

/**
 * Compiles a field, so that it can be evaluated: every text `{% … %}` in it is an expression.
 *
 * @param location name of the field, for errors.
 * @param states the fields of `$states` that exist there.
 * @throws Error for an expression that is wrong, or not closed.
 */
export function compileTemplate(value: Json, location: string, states: readonly StatesField[]): Template {
  const evaluate = compileValue(value, location, states)
  return evaluate ? { constant: undefined, evaluate } : { constant: value, evaluate: () => value }
}

/** The expression in a text; undefined for a text that is none. */
export function expressionIn(text: string): string | undefined {
  const opened = text.startsWith('{%')
  const closed = text.endsWith('%}')
  if (opened && closed && text.length >= 4) return text.slice(2, -2).trim()
  if (opened || closed)
    throw new Error(`got ${JSON.stringify(text.slice(0, 64))}; allowed is {% … %}, or neither end of it`)
  return undefined
}

function compileValue(value: Json, location: string, states: readonly StatesField[]): Evaluate | undefined {
  if (typeof value === 'string') {
    const text = expressionIn(value)
    return text === undefined ? undefined : compileExpression(text, location, states)
  }
  if (!Array.isArray(value) && !isObject(value)) return undefined
  const isList = Array.isArray(value)
  const parts = Object.entries(value as Readonly<Record<string, Json>>)
  const evaluators = parts.map(([name, part]) =>
    compileValue(part, isList ? `${location}[${name}]` : `${location}/${name}`, states),
  )
  if (!evaluators.some(Boolean)) return undefined
  return async scene => {
    const values: [string, Json][] = []
    for (const [n, [name, part]] of parts.entries()) {
      const evaluate = evaluators[n]
      values.push([name, evaluate ? await evaluate(scene) : part])
    }
    return isList ? values.map(([, part]) => part) : Object.fromEntries(values)
  }
}
