import { wildcardOf } from '../events/wildcard.ts'
import type { NamedPolicy } from './policies.ts'

/** What an HTTP task is about to call. */
export interface EndpointCall {
  readonly url: string
  readonly method: string
}

type Json = Readonly<Record<string, unknown>>

const action = 'states:InvokeHTTPEndpoint'

/**
 * Whether policies let an HTTP task call an endpoint. Step Functions asks so before each call; of the other permissions a
 * policy simulator is asked. Conditions are looked at as far as they are about method and address, by StringEquals and
 * StringLike; others hold.
 */
export function allowsEndpoint(policies: readonly NamedPolicy[], call: EndpointCall): boolean {
  const matching = policies
    .flatMap(({ policy }) => policy.Statement)
    .filter(statement => isAbout(statement, call))
  return (
    matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny')
  )
}

function isAbout({ Action, Condition = {} }: Json, call: EndpointCall): boolean {
  if (!listOf(Action).some(one => fits(one, action))) return false
  const values: Readonly<Record<string, string>> = {
    'states:httpendpoint': call.url,
    'states:httpmethod': call.method,
  }
  return Object.entries(Condition as Record<string, Json>).every(([operator, keys]) => {
    const isLike = operator === 'StringLike'
    if (!isLike && operator !== 'StringEquals') return true
    return Object.entries(keys).every(([key, allowed]) => {
      const value = values[key.toLowerCase()]
      if (value === undefined) return true
      return listOf(allowed).some(one => (isLike ? fits(one, value) : one === value))
    })
  })
}

function listOf(value: unknown): readonly string[] {
  return [value].flat().map(String)
}

/** IAM's `*`, however many in a row, is EventBridge's; `?` stands for itself here. */
function fits(pattern: string, text: string): boolean {
  const plain = pattern.replaceAll('\\', String.raw`\\`).replaceAll(/\*+/g, '*')
  return wildcardOf(plain)?.(text) ?? false
}
