import type { NamedPolicy } from './policies.ts'
import type { PermissionCheck } from './service-call.ts'

type Json = Readonly<Record<string, unknown>>

/** Whether one value of a call is what a condition wants. */
type Test = (wanted: string, value: string) => boolean

const tests: Readonly<Record<string, Test>> = {
  StringEquals: (wanted, value) => wanted === value,
  StringEqualsIgnoreCase: (wanted, value) => wanted.toLowerCase() === value.toLowerCase(),
  StringLike: stands,
  ArnEquals: stands,
  ArnLike: stands,
  Bool: (wanted, value) => wanted.toLowerCase() === value.toLowerCase(),
}

/** Policies of a role, and whether these are all: what a managed policy of AWS says is not known here. */
export interface RolePolicies {
  readonly policies: readonly NamedPolicy[]
  readonly areAll: boolean
}

/**
 * Whether policies of a role allow a call: some statement allows it, and none denies it. The emulator asks this where the
 * service that is called is here and decides by the caller's role alone: endpoints of HTTP tasks, and methods of APIs; of
 * all other permissions a policy simulator is asked. Where not all policies are known, what none of them denies is allowed.
 * A condition with an operator that is not known here keeps an Allow from allowing, and no Deny from denying.
 *
 * How conditions on keys that a call does not have are decided:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function allows({ policies, areAll }: RolePolicies, check: PermissionCheck): boolean {
  const statements = policies.flatMap(({ policy }) => policy.Statement)
  const matches = (effect: string, undecided: boolean) =>
    statements.some(
      statement =>
        statement.Effect === effect &&
        isAbout(statement, check) &&
        (conditionsHold(statement.Condition, check) ?? undecided),
    )
  return !matches('Deny', true) && (matches('Allow', false) || !areAll)
}

function isAbout({ Action, NotAction, Resource, NotResource }: Json, check: PermissionCheck): boolean {
  // Actions do not tell capitals from small letters.
  const isAction = (patterns: unknown) =>
    listOf(patterns).some(one => stands(one.toLowerCase(), check.action.toLowerCase()))
  const isResource = (patterns: unknown) => listOf(patterns).some(one => stands(one, check.resource))
  return (
    (Action === undefined ? !isAction(NotAction) : isAction(Action)) &&
    (Resource === undefined ? !isResource(NotResource) : isResource(Resource))
  )
}

/** Undefined where one cannot be decided and none fails. */
function conditionsHold(conditions: unknown, check: PermissionCheck): boolean | undefined {
  const values = new Map(
    Object.entries(check.conditions).map(([key, value]) => [key.toLowerCase(), listOf(value)] as const),
  )
  const all = Object.entries(Object(conditions) as Record<string, Json>).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]) =>
      conditionHolds(operator, listOf(wanted), values.get(key.toLowerCase())),
    ),
  )
  return all.includes(false) ? false : all.includes(undefined) ? undefined : true
}

function conditionHolds(
  operator: string,
  wanted: readonly string[],
  values: readonly string[] | undefined,
): boolean | undefined {
  const [, set, name = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? []
  if (name === 'Null') return wanted.includes(String(values === undefined))
  const negated = /^(String|Arn)Not/.test(name)
  const test = tests[negated ? name.replace('Not', '') : name]
  if (!test) return undefined
  if (values === undefined) return negated || ifExists !== undefined || set === 'ForAllValues'
  const holds = (value: string) => wanted.some(one => test(one, value)) !== negated
  return set === 'ForAllValues' || (negated && set === undefined) ? values.every(holds) : values.some(holds)
}

function listOf(value: unknown): readonly string[] {
  return value === undefined ? [] : [value].flat().map(String)
}

/** Whether a pattern stands for a text: `*` for any part of it, `?` for one character. */
function stands(pattern: string, text: string): boolean {
  let [at, next, star, from] = [0, 0, -1, 0]
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next++
      from = at
    } else if (pattern[next] === '?' || pattern[next] === text[at]) {
      next++
      at++
    } else if (star >= 0) {
      next = star + 1
      at = ++from
    } else return false
  }
  while (pattern[next] === '*') next++
  return next === pattern.length
}
