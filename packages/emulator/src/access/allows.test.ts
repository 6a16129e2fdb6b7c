import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allows } from './allows.ts'
import { checkOf } from './service-call.ts'

const arn = 'arn:aws:execute-api:us-east-1:000000000000:Api/prod'
const call = checkOf('execute-api:Invoke', `${arn}/GET/orders/1`, {
  'aws:PrincipalArn': 'arn:aws:iam::1:role/Shop',
})

type Statement = Readonly<Record<string, unknown>>
const decide = (Statement: Statement[], areAll = true) =>
  allows({ policies: [{ name: 'Policy', policy: { Version: '2012-10-17', Statement } }], areAll }, call)
const allow = (statement: Statement = {}): Statement => ({
  Effect: 'Allow',
  Action: 'execute-api:Invoke',
  Resource: `${arn}/GET/orders/*`,
  ...statement,
})
const absent = 'aws:PrincipalTag/team'
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
    ['with a condition on what the call does not have', false, [condition('StringEquals', 'x', absent)]],
    ['the same, if it exists', true, [condition('StringEqualsIfExists', 'x', absent)]],
    ['the same, negated', true, [condition('StringNotEquals', 'x', absent)]],
    ['the same, of all values', true, [condition('ForAllValues:StringEquals', 'x', absent)]],
    ['the same, of any value', false, [condition('ForAnyValue:StringEquals', 'x', absent)]],
    ['that want it to be absent', true, [condition('Null', 'true', absent)]],
    ['that want it to be there', false, [condition('Null', 'false', absent)]],
    ['that want several things', false, [condition('Null', 'true'), condition('Bool', true, absent)]],
    ['with a value in capitals', true, [condition('StringEqualsIgnoreCase', 'ARN:AWS:IAM::1:ROLE/SHOP')]],
    ['with all values as wanted', true, [condition('ForAllValues:StringLike', '*:role/?hop')]],
    ['with a question mark for one character', true, [allow({ Resource: `${arn}/GET/orders/?` })]],
    ['with a question mark for none', false, [allow({ Resource: `${arn}/GET/orders/1?` })]],
    ['with an operator that is not known here', false, [condition('DateLessThan', '2000-01-01')]],
    ['that deny by one', false, [allow(), { ...condition('DateLessThan', '2000-01-01'), Effect: 'Deny' }]],
    [
      'that deny what the call does not have',
      true,
      [allow(), { ...condition('Bool', 'true', absent), Effect: 'Deny' }],
    ],
  ]
  it.each(cases)('%s: %s', (_, allowed, statements) => {
    expect(decide(statements)).toBe(allowed)
  })

  it('that are not all known allow what none of them denies', () => {
    expect(decide([], false)).toBe(true)
    expect(decide([allow({ Effect: 'Deny' })], false)).toBe(false)
  })

  it('have patterns as a regular expression would match them', () => {
    const pattern = fc.stringMatching(/^[ab*?]{0,8}$/)
    fc.assert(
      fc.property(pattern, fc.stringMatching(/^[ab]{0,8}$/), (Resource, text) => {
        const policy = { Version: '2012-10-17', Statement: [allow({ Resource })] }
        const source = Resource.replaceAll('*', '.*').replaceAll('?', '.')
        expect(allows({ policies: [{ name: '', policy }], areAll: true }, { ...call, resource: text })).toBe(
          new RegExp(`^${source}$`).test(text),
        )
      }),
      { numRuns: 500 },
    )
  })
})
