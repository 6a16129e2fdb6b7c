import { invalid } from '@breakwater/circuit/shared'
import type { StateMachineDefinition } from './definition.ts'
import { type LintRule, lintRules, rulesOfState } from './lint-rules.ts'
import { partsOf, unreachable } from './lint-walk.ts'

export type { LintRule } from './lint-rules.ts'

/** Something in a definition that should be otherwise. */
export interface Problem {
  readonly rule: LintRule
  /** Name of the state; state names are unique in a whole definition. */
  readonly state: string
  /** What is wrong, and what is allowed. */
  readonly message: string
}

/** A rule that does not hold for one state, and why. */
export interface LintException {
  readonly state: string
  readonly rule: LintRule
  /** Why the state may break the rule; kept beside the definition, for whoever reads it next. */
  readonly why: string
}

/** Options of {@link checkDefinition}. */
export interface LintOptions {
  /** States that may break a rule. One that breaks none is a problem itself. @default none */
  readonly exceptions?: readonly LintException[]
}

/**
 * Checks what neither AWS's own linter (`amazon-states-language-service`) nor `asl-validator` does: States.ALL stands
 * alone and last; every Task has Retry, Catch and a timeout; every Retry has a cap and full jitter; Lambda tasks retry
 * throttling; no state is out of reach. Use all three: each finds what the others do not.
 *
 * @returns the problems, in the order of the states; none if all is well.
 * @throws TypeError for something that is no definition, or an exception without a reason.
 * @example
 * expect(checkDefinition(definition)).toEqual([])
 */
export function checkDefinition(
  definition: StateMachineDefinition,
  { exceptions = [] }: LintOptions = {},
): readonly Problem[] {
  if (typeof definition?.States !== 'object' || definition.States === null) {
    throw invalid('definition', definition, 'an object with StartAt and States')
  }
  for (const { rule, why } of exceptions) {
    if (!lintRules.includes(rule)) throw invalid('exceptions.rule', rule, lintRules.join(', '))
    if (typeof why !== 'string' || why === '') throw invalid('exceptions.why', why, 'a reason')
  }
  const found = partsOf(definition).flatMap(part => {
    const lost = unreachable(part)
    return Object.entries(part.States).flatMap(([state, body]) => [
      ...(lost.has(state)
        ? [{ rule: 'reachable', state, message: 'no other state leads here' } as const]
        : []),
      ...rulesOfState(body).map(problem => ({ ...problem, state })),
    ])
  })
  const excepts = (exception: LintException, { state, rule }: Problem) =>
    exception.state === state && exception.rule === rule
  const idle = exceptions.filter(exception => !found.some(problem => excepts(exception, problem)))
  return [
    ...found.filter(problem => !exceptions.some(exception => excepts(exception, problem))),
    ...idle.map(({ rule, state }) => ({
      rule: 'exception' as const,
      state,
      message: `is excepted from "${rule}", which it does not break`,
    })),
  ]
}
