import { wildcardOf } from '../events/wildcard.ts'
import type { NamedPolicy } from './policies.ts'
import type { PermissionCheck } from './service-call.ts'

type Json = Readonly<Record<string, unknown>>

/** Of one key of a condition: the texts that it names, and the values in the call. */
type Operator = (wanted: readonly string[], values: readonly string[]) => boolean

const equals: Operator = (wanted, values) => values.some(value => wanted.includes(value))
const like: Operator = (wanted, values) => values.some(value => wanted.some(one => fits(one, value)))
const not =
  (operator: Operator): Operator =>
  (wanted, values) =>
    !operator(wanted, values)

const operators: Readonly<Record<string, Operator>> = {
  StringEquals: equals,
  StringNotEquals: not(equals),
  StringLike: like,
  StringNotLike: not(like),
  ArnEquals: like,
  ArnNotEquals: not(like),
  ArnLike: like,
  ArnNotLike: not(like),
}

/**
 * Whether policies of a role allow a call: some statement allows it, and none denies it. The emulator asks this where the
 * service that is called is here and decides by the caller's role alone: endpoints of HTTP tasks, and methods of APIs. Of
 * all other permissions a policy simulator is asked. A condition with an operator that is not here, or about a key that the
 * call does not have, holds.
 */
export function allows(policies: readonly NamedPolicy[], check: PermissionCheck): boolean {
  const matching = policies
    .flatMap(({ policy }) => policy.Statement)
    .filter(statement => isAbout(statement, check))
  return (
    matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny')
  )
}

function isAbout(statement: Json, { action, resource, conditions }: PermissionCheck): boolean {
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement
  const isOf = (patterns: unknown, text: string) => listOf(patterns).some(one => fits(one, text))
  // Actions do not tell capitals from small letters.
  const isAction = (patterns: unknown) =>
    listOf(patterns).some(one => isOf(one.toLowerCase(), action.toLowerCase()))
  if (Action === undefined ? isAction(NotAction) : !isAction(Action)) return false
  if (Resource === undefined ? isOf(NotResource, resource) : !isOf(Resource, resource)) return false
  const values = new Map(
    Object.entries(conditions).map(([key, value]) => [key.toLowerCase(), listOf(value)] as const),
  )
  return Object.entries(Condition as Record<string, Json>).every(([name, keys]) => {
    const operator = operators[name]
    return Object.entries(keys).every(([key, wanted]) => {
      const given = values.get(key.toLowerCase())
      return operator === undefined || given === undefined || operator(listOf(wanted), given)
    })
  })
}

function listOf(value: unknown): readonly string[] {
  return value === undefined ? [] : [value].flat().map(String)
}

/** IAM's `*`, however many in a row, is EventBridge's; `?` stands for itself here. */
function fits(pattern: string, text: string): boolean {
  const plain = pattern.replaceAll('\\', String.raw`\\`).replaceAll(/\*+/g, '*')
  return wildcardOf(plain)?.(text) ?? false
}
