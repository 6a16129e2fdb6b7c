import type { StatesField } from '../expressions/check-expression.ts'
import type { MachineType } from '../types.ts'
import { isObject } from '../values.ts'
import type { Fields } from './fields.ts'
import type { OutputAndAssign } from './model.ts'
import type { Resource } from './resource.ts'

/** The rules that a definition is checked against. */
export interface DefinitionRules {
  readonly type: MachineType
  readonly supports: (resource: Resource) => boolean
}

/** The states that are read together: those of a machine, a branch or an item processor. */
export interface StatesContext extends DefinitionRules {
  /** Query language of a state that names none. */
  readonly language: unknown
  /** Names of these states, which Next may name. */
  readonly siblings: ReadonlySet<string>
  /** Some of their names, for errors. */
  readonly siblingsShown: string
  /** Names of all states of the machine so far; no two may be the same. */
  readonly allNames: Set<string>
  /** Variables of the enclosing states, which may only be read here. */
  readonly outerVariables: ReadonlySet<string>
  /** Variables that these states assign. */
  readonly ownVariables: Set<string>
  /** Branches and processors: read once all variables of these states are known, which are theirs to read. */
  readonly deferred: ((visible: ReadonlySet<string>) => void)[]
}

/** The fields of `$states` before the work of a state is done, and after it. */
export const statesBefore = ['input', 'context'] as const satisfies readonly StatesField[]
export const statesAfter = ['input', 'context', 'result'] as const satisfies readonly StatesField[]
/** Fields of every state, of states that another may follow, and of states with Retry and Catch. */
export const commonFields = ['Type', 'Comment', 'QueryLanguage']
export const exitFields = ['Next', 'End', 'Output', 'Assign']
export const retryFields = ['Retry', 'Catch']

/** Reads Next or End, Output and Assign. */
export function readExit(fields: Fields, context: StatesContext, states: readonly StatesField[]) {
  const outputAndAssign = readOutputAndAssign(fields, context, states)
  const name = fields.state!
  if (fields.has('End') && fields.get('End') !== true) throw fields.refuse('End', 'true')
  if (fields.has('End') && fields.has('Next')) throw fields.refuse('Next', 'either Next or End')
  if (fields.has('End')) return { name, next: undefined, ...outputAndAssign }
  if (!fields.has('Next')) throw fields.refuse('Next', `${stateNames(context)}, or "End": true`)
  return { name, next: readTarget(fields, 'Next', context), ...outputAndAssign }
}

/** Reads the name of another of these states. */
export function readTarget(fields: Fields, field: string, context: StatesContext): string {
  const name = fields.text(field, stateNames(context))
  if (!context.siblings.has(name)) throw fields.refuse(field, stateNames(context))
  return name
}

/** Reads a whole number or an expression of one. */
export function readWholeNumber(fields: Fields, name: string, min: number, max: number) {
  const isRight = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
  return fields.dynamic(name, `a whole number from ${min} to ${max}`, isRight, statesBefore)
}

/** Reads Output and Assign, of a state, a choice rule or a catcher. */
export function readOutputAndAssign(
  fields: Fields,
  context: StatesContext,
  states: readonly StatesField[],
): OutputAndAssign {
  const assign = fields.template('Assign', states)
  if (!assign) return { output: fields.template('Output', states), assign }
  const variables = fields.get('Assign')
  if (!isObject(variables)) throw fields.refuse('Assign', 'an object of variables')
  for (const name of Object.keys(variables)) {
    const assigned = fields.object('Assign')
    if (!/^[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u.test(name) || name === 'states') {
      throw assigned.refuse(name, 'a name of letters, digits and _, at most 80, other than states')
    }
    if (context.outerVariables.has(name)) {
      throw assigned.refuse(
        name,
        `a name that is no outer variable of this branch or iteration, which may only read ${name}`,
      )
    }
    context.ownVariables.add(name)
  }
  return { output: fields.template('Output', states), assign }
}

/** The states that Next may name, for errors. */
export function stateNames({ siblingsShown }: StatesContext): string {
  return `one of the states ${siblingsShown}`
}

/** The first names of states, as a message lists them. */
export function shownNames(names: readonly string[]): string {
  const some = names.slice(0, 20).map(name => JSON.stringify(name))
  return `${some.join(', ')}${names.length > 20 ? ', …' : ''}`
}
