import type { StatesField } from '../expressions/check-expression.ts'
import type { MachineType } from '../types.ts'
import { isObject } from '../values.ts'
import type { Fields } from './fields.ts'
import type { Leaving } from './model.ts'
import type { Resource } from './resource.ts'

/** What a definition is checked for. */
export interface Scope {
  readonly type: MachineType
  readonly supports: (resource: Resource) => boolean
}

/** What the states of one level share, while they are read. */
export interface Level extends Scope {
  /** Language of a state that names none. */
  readonly language: unknown
  /** Names of all states so far; no two in a machine may be the same. */
  readonly names: Set<string>
  /** Variables of the levels around, which may only be read. */
  readonly outer: ReadonlySet<string>
  /** Variables of this level. */
  readonly assigned: Set<string>
  /** Read once the variables of this level are known. */
  readonly later: (() => void)[]
}

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

/** Reads a whole number or an expression of one. */
export function wholeOr(fields: Fields, name: string, min: number, max: number) {
  const isRight = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
  return fields.dynamic(name, `a whole number from ${min} to ${max}`, isRight, before)
}

/** Reads Output and Assign, of a state, a choice rule or a catcher. */
export function leavingOf(fields: Fields, level: Level, states: readonly StatesField[]): Leaving {
  const assign = fields.template('Assign', states)
  if (!assign) return { output: fields.template('Output', states), assign }
  const variables = fields.get('Assign')
  if (!isObject(variables)) throw fields.refuse('Assign', 'an object of variables')
  for (const name of Object.keys(variables)) {
    const within = fields.object('Assign')
    if (!/^[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u.test(name) || name === 'states') {
      throw within.refuse(name, 'a name of letters, digits and _, at most 80, other than states')
    }
    if (level.outer.has(name)) {
      throw within.refuse(
        name,
        `a name that is no variable around this branch or iteration, which may only read ${name}`,
      )
    }
    level.assigned.add(name)
  }
  return { output: fields.template('Output', states), assign }
}

/** Names of states, as errors tell what is allowed. */
export function listed(names: readonly string[]): string {
  const some = names.slice(0, 20).map(name => JSON.stringify(name))
  return `one of the states ${some.join(', ')}${names.length > 20 ? ', …' : ''}`
}
