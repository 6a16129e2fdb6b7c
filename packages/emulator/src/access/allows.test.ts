import { describe, expect, it } from 'vitest'
import { allows } from './allows.ts'
import { checkOf } from './service-call.ts'

const arn = 'arn:aws:execute-api:us-east-1:000000000000:Api/prod'
const call = checkOf('execute-api:Invoke', `${arn}/GET/orders/1`, {
  'aws:PrincipalArn': 'arn:aws:iam::1:role/Shop',
})

type Statement = Readonly<Record<string, unknown>>
const decide = (...Statement: Statement[]) =>
  allows([{ name: 'Policy', policy: { Version: '2012-10-17', Statement } }], call)
const allow = (statement: Statement = {}): Statement => ({
  Effect: 'Allow',
  Action: 'execute-api:Invoke',
  Resource: `${arn}/GET/orders/*`,
  ...statement,
})
const condition = (operator: string, value: unknown, key = 'aws:principalarn') =>
  allow({ Condition: { [operator]: { [key]: value } } })

describe('policies', () => {
  const cases: [string, boolean, Statement[]][] = [
    ['of no statement', false, []],
    ['of the method', true, [allow()]],
    ['of any method', true, [allow({ Action: ['sqs:*', 'EXECUTE-API:*'], Resource: '*' })]],
    ['of another method', false, [allow({ Resource: `${arn}/POST/orders/*` })]],
    ['of another action', false, [allow({ Action: 'execute-api:ManageConnections' })]],
    ['of all but this action', false, [allow({ Action: undefined, NotAction: 'execute-api:*' })]],
    ['of all but another action', true, [allow({ Action: undefined, NotAction: 'sqs:*' })]],
    ['of all but this resource', false, [allow({ Resource: undefined, NotResource: `${arn}/*` })]],
    ['that allow and deny it', false, [allow(), allow({ Effect: 'Deny', Resource: '*' })]],
    ['that deny another', true, [allow(), allow({ Effect: 'Deny', Resource: `${arn}/POST/*` })]],
    ['for this caller', true, [condition('ArnLike', 'arn:aws:iam::*:role/Shop')]],
    ['for another caller', false, [condition('StringEquals', ['arn:aws:iam::1:role/Other'])]],
    ['for all but this caller', false, [condition('ArnNotLike', '*:role/Shop')]],
    ['for all but another', true, [condition('StringNotEquals', 'x')]],
    [
      'with a condition on what the call does not have',
      true,
      [condition('StringEquals', 'x', 'aws:SourceIp')],
    ],
    ['with an operator that is not known here', true, [condition('DateLessThan', '2000-01-01')]],
  ]
  it.each(cases)('%s: %s', (_, allowed, statements) => {
    expect(decide(...statements)).toBe(allowed)
  })
})
