import { type Level, listed } from './definition.ts'
import type { Fields } from './fields.ts'
import type { StatesField } from './states-field.ts'
import { catchersOf, leavingOf, retriersOf } from './tries.ts'

/** What `$states` holds before the work of a state is done, and after it. */
export const before = ['input', 'context'] as const satisfies readonly StatesField[]
export const after = ['input', 'context', 'result'] as const satisfies readonly StatesField[]
/** Fields of every state, of states that something may follow, and of those that may fail. */
export const common = ['Type', 'Comment', 'QueryLanguage']
export const exit = ['Next', 'End', 'Output', 'Assign']
export const tried = ['Retry', 'Catch']

/** Reads where a state goes on, and what it leaves behind. */
export function exitOf(
  fields: Fields,
  names: readonly string[],
  level: Level,
  states: readonly StatesField[],
) {
  const leaving = leavingOf(fields, level, states)
  const name = fields.state!
  if (fields.has('End') && fields.get('End') !== true) throw fields.refuse('End', 'true')
  if (fields.has('End') && fields.has('Next')) throw fields.refuse('Next', 'either Next or End')
  if (fields.has('End')) return { name, next: undefined, ...leaving }
  if (!fields.has('Next')) throw fields.refuse('Next', `${listed(names)}, or "End": true`)
  return { name, next: target(fields, 'Next', names), ...leaving }
}

/** Reads the name of a state that must be there. */
export function target(fields: Fields, field: string, names: readonly string[]): string {
  const name = fields.text(field, listed(names))
  if (!names.includes(name)) throw fields.refuse(field, listed(names))
  return name
}

/** Reads Retry and Catch. */
export function triesOf(fields: Fields, names: readonly string[], level: Level) {
  const toState = (catcher: Fields) => target(catcher, 'Next', names)
  return { retry: retriersOf(fields), catch: catchersOf(fields, level, toState) }
}

/** Reads a whole number or an expression of one. */
export function wholeOr(fields: Fields, name: string, min: number, max: number) {
  const isRight = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
  return fields.dynamic(name, `a whole number from ${min} to ${max}`, isRight, before)
}
