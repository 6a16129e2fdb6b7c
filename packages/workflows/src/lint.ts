import {
  anObject,
  type Checks,
  checkOptions,
  invalid,
  listOf,
  oneOf,
  required,
  textLike,
} from '@breakwater/circuit/shared'
import type { Catcher, Retrier, State, StateMachineDefinition, States } from './definition.ts'
import { coversThrottling, isLambdaTask, throttledByLambda } from './retry.ts'

/** Name of a rule. `exception`: an exception that no state needs. */
export type LintRule =
  | 'all-last'
  | 'retry'
  | 'catch'
  | 'timeout'
  | 'cap'
  | 'jitter'
  | 'lambda-throttling'
  | 'reachable'
  | 'exception'

const lintRules: Record<LintRule, true> = {
  'all-last': true,
  retry: true,
  catch: true,
  timeout: true,
  cap: true,
  jitter: true,
  'lambda-throttling': true,
  reachable: true,
  exception: true,
}

/** A violation of a rule in a definition. */
export interface Problem {
  /** The rule. */
  readonly rule: LintRule
  /** Name of the state; state names are unique in a whole definition. */
  readonly state: string
  /** The fault, and what is allowed, in words. */
  readonly message: string
}

/** A state that may break a rule, and the reason. */
export interface LintException {
  /** Name of the state. */
  readonly state: string
  /** The rule that it may break. */
  readonly rule: LintRule
  /** Why the state may break the rule; for the next reader of the definition. */
  readonly why: string
}

const owner = 'checkDefinition'
const exceptionChecks: Checks<LintException> = {
  state: required(textLike(/./, 'the name of a state')),
  rule: required(oneOf(...Object.keys(lintRules))),
  why: required(textLike(/./, 'a reason')),
}

/** Options of {@link checkDefinition}. */
export interface LintOptions {
  /** States that may break a rule. An exception that its state does not need is a problem itself. @default none */
  readonly exceptions?: readonly LintException[]
}

/**
 * Checks a definition by rules that neither AWS's own linter (`amazon-states-language-service`) nor `asl-validator` has:
 * States.ALL stands alone and last; every Task has Retry, Catch and a timeout; every Retry has a cap and full jitter;
 * Lambda tasks retry throttling; every state can be reached. Use all three: each finds faults that the others miss.
 *
 * @returns the problems, in the order of the states; none if all is well.
 * @throws TypeError for a value that is no definition, an unknown rule, or an exception without a reason.
 * @example
 * expect(checkDefinition(definition)).toEqual([])
 */
export function checkDefinition(
  definition: StateMachineDefinition,
  options: LintOptions = {},
): readonly Problem[] {
  if (typeof definition?.States !== 'object' || definition.States === null) {
    throw invalid(`${owner}: definition`, definition, 'an object with StartAt and States')
  }
  const { exceptions = [] } = checkOptions(owner, options, { exceptions: listOf(anObject, 'exceptions') })
  for (const [index, exception] of exceptions.entries()) {
    checkOptions(owner, exception, exceptionChecks, `exceptions[${index}].`)
  }
  const found = scopesOf(definition).flatMap(part => {
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

/** A rule that a state breaks, and how. */
interface RuleViolation {
  readonly rule: LintRule
  readonly message: string
}

/** The rules that one state breaks, seen by itself. */
function rulesOfState(state: State): readonly RuleViolation[] {
  const { Retry = [], Catch = [] } = state as { Retry?: readonly Retrier[]; Catch?: readonly Catcher[] }
  return [
    ...allLast('Retry', Retry),
    ...allLast('Catch', Catch),
    ...Retry.flatMap(retrier),
    ...(state.Type === 'Task' ? task(state, Retry, Catch) : []),
  ]
}

function allLast(
  field: string,
  entries: readonly { readonly ErrorEquals: readonly string[] }[],
): RuleViolation[] {
  return entries.flatMap(({ ErrorEquals }, index) => {
    if (!ErrorEquals.includes('States.ALL')) return []
    if (ErrorEquals.length === 1 && index === entries.length - 1) return []
    return [
      { rule: 'all-last', message: `${field}[${index}] has States.ALL, which must stand alone and last` },
    ]
  })
}

function retrier({ MaxAttempts, MaxDelaySeconds, JitterStrategy }: Retrier, index: number): RuleViolation[] {
  if (MaxAttempts === 0) return []
  const breaches: RuleViolation[] = []
  if (MaxDelaySeconds === undefined) {
    breaches.push({
      rule: 'cap',
      message: `Retry[${index}] has no MaxDelaySeconds, so its waits grow without bound`,
    })
  }
  if (JitterStrategy !== 'FULL') {
    breaches.push({
      rule: 'jitter',
      message: `Retry[${index}] has no JitterStrategy FULL, so that retries come in step`,
    })
  }
  return breaches
}

function task(
  state: State & { Type: 'Task' },
  retry: readonly Retrier[],
  catchers: readonly Catcher[],
): RuleViolation[] {
  const breaches: RuleViolation[] = []
  if (retry.length === 0) {
    breaches.push({ rule: 'retry', message: 'has no Retry; one with MaxAttempts 0 says that this is meant' })
  }
  if (catchers.length === 0) breaches.push({ rule: 'catch', message: 'has no Catch' })
  if (state.TimeoutSeconds === undefined) {
    breaches.push({ rule: 'timeout', message: 'has no TimeoutSeconds, and may take three years' })
  }
  if (retry.length > 0 && isLambdaTask(state.Resource) && !retry.some(coversThrottling)) {
    breaches.push({ rule: 'lambda-throttling', message: `Retry does not name ${throttledByLambda}` })
  }
  return breaches
}

/** The machine itself, and every branch and Map processor in it, however deep. */
function scopesOf(part: States): readonly States[] {
  const inner = Object.values(part.States).flatMap(innerScopes)
  return [part, ...inner.flatMap(scopesOf)]
}

function innerScopes(state: State): readonly States[] {
  if (state.Type === 'Parallel') return state.Branches
  return state.Type === 'Map' ? [state.ItemProcessor] : []
}

/** Names of the states that cannot be reached from the start. */
function unreachable(part: States): ReadonlySet<string> {
  const lost = new Set(Object.keys(part.States))
  const waiting = [part.StartAt]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (lost.delete(name)) waiting.push(...nextStates(part.States[name]!))
  }
  return lost
}

function nextStates(state: State): readonly string[] {
  const {
    Next,
    Default,
    Choices = [],
    Catch = [],
  } = state as {
    Next?: string
    Default?: string
    Choices?: readonly { Next: string }[]
    Catch?: readonly { Next: string }[]
  }
  return [Next, Default, ...[...Choices, ...Catch].map(way => way.Next)].filter(name => name !== undefined)
}
