import { resolveStacks } from '@breakwater/emulator'
import type { ServiceCall } from '@breakwater/emulator/testing'
import { describe, expect, it } from 'vitest'
import { checkPermissions } from './check.ts'
import { unexplained } from './reasons.ts'

const account = '000000000000'
const tableArn = `arn:aws:dynamodb:us-east-1:${account}:table/orders`
const queueArn = `arn:aws:sqs:us-east-1:${account}:work`
const ruleArn = `arn:aws:events:us-east-1:${account}:rule/placed`

const allow = (Action: unknown, Resource: unknown, more = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})
const leading = (...keys: string[]) => ({
  Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } },
})
const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })

const read = allow(['dynamodb:GetItem', 'dynamodb:PutItem'], tableArn, leading('a#*'))
const fromRule = {
  ...allow('sqs:SendMessage', queueArn, { Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } } }),
  Principal: { Service: 'events.amazonaws.com' },
}
const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }

interface Policies {
  readonly role?: readonly object[]
  readonly queue?: readonly object[]
}

/** A role that reads a table, and a queue that takes what a rule sends. */
function resourcesOf({ role = [read], queue = [fromRule] }: Policies = {}) {
  const template = {
    Resources: {
      Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: policy(trust) } },
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'p', Roles: [{ Ref: 'Role' }], PolicyDocument: policy(...role) },
      },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'work' } },
      Accepts: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: policy(...queue) },
      },
    },
  }
  return resolveStacks([{ name: 'Shop', template }]).resources
}

const role = { arn: `arn:aws:iam::${account}:role/Shop-Role`, stack: 'Shop', id: 'Role' }
const byRole = (action: string, ...keys: string[]): ServiceCall => ({
  caller: 'Shop.Fn',
  service: 'lambda.amazonaws.com',
  role,
  action,
  resource: tableArn,
  conditions: { 'dynamodb:LeadingKeys': keys },
})
const assumed: ServiceCall = {
  caller: 'Shop.Fn',
  service: 'lambda.amazonaws.com',
  role: undefined,
  action: 'sts:AssumeRole',
  resource: role.arn,
  conditions: {},
}
const sent: ServiceCall = {
  caller: 'Shop.Rule',
  service: 'events.amazonaws.com',
  role: undefined,
  action: 'sqs:SendMessage',
  resource: queueArn,
  conditions: { 'aws:SourceArn': ruleArn },
}
const calls = [assumed, byRole('dynamodb:GetItem', 'a#1'), byRole('dynamodb:PutItem', 'a#1', 'a#2'), sent]

const nothing = { refused: [], unused: [], unknownKeys: [] }

describe('checkPermissions', () => {
  it('finds nothing where the grants are those that the calls need', async () => {
    expect(await checkPermissions(resourcesOf(), calls)).toEqual(nothing)
  })

  it('says of a call that nothing allows which role, action and resource it was', async () => {
    const resources = resourcesOf({ role: [allow('dynamodb:GetItem', tableArn)] })
    const { refused } = await checkPermissions(resources, calls)
    expect(refused).toEqual([
      `Role: dynamodb:PutItem on ${tableArn} with {"dynamodb:LeadingKeys":["a#1","a#2"]}: ImplicitlyDenied`,
    ])
  })

  it('refuses what the conditions leave out, and what is denied', async () => {
    const other = byRole('dynamodb:GetItem', 'a#1', 'b#1')
    expect((await checkPermissions(resourcesOf(), [other])).refused).toHaveLength(1)
    const deny = { ...allow('dynamodb:*', '*'), Effect: 'Deny' }
    const { refused } = await checkPermissions(resourcesOf({ role: [read, deny] }), calls)
    expect(refused.map(line => line.split(': ').at(-1))).toEqual(['ExplicitlyDenied', 'ExplicitlyDenied'])
  })

  it('refuses what calls in the name of a service without a policy of the resource', async () => {
    const wrong = { ...fromRule, Condition: { ArnEquals: { 'aws:SourceArn': `${ruleArn}-2` } } }
    const { refused } = await checkPermissions(resourcesOf({ queue: [wrong] }), calls)
    expect(refused).toEqual([
      expect.stringMatching(/^events\.amazonaws\.com: sqs:SendMessage on .*ImplicitlyDenied$/),
    ])
  })

  it.each([
    ['that no call makes', { role: [read, allow('dynamodb:DeleteItem', tableArn)] }, ['dynamodb:DeleteItem']],
    [
      'on a resource that none reaches',
      { role: [read, allow('dynamodb:GetItem', `${tableArn}2`)] },
      ['dynamodb:GetItem'],
    ],
    [
      'of the queue',
      { queue: [fromRule, { ...fromRule, Action: 'sqs:ReceiveMessage' }] },
      ['sqs:ReceiveMessage'],
    ],
    [
      'that is as wide as all others',
      { role: [read, allow('*', '*')] },
      ['*', 'dynamodb:GetItem', 'dynamodb:PutItem'],
    ],
  ])('finds a grant %s', async (_, policies, actions) => {
    const { refused, unused } = await checkPermissions(resourcesOf(policies), calls)
    expect(refused).toEqual([])
    expect(unused.map(name => /: (\S+) on /.exec(name)?.[1])).toEqual(actions)
  })

  it('finds a condition key that the service does not have', async () => {
    const wrong = { ...sent, conditions: { ...sent.conditions, 'sqs:Colour': 'red' } }
    expect((await checkPermissions(resourcesOf(), [...calls, wrong])).unknownKeys).toEqual([
      'sqs:SendMessage: sqs:Colour',
    ])
  })
})

it('a reason that explains nothing is found, as is a grant without a reason', () => {
  const { grants, reasons } = unexplained([
    'Stack.Policy: sqs:SendMessage on x',
    'Stack.Policy: dynamodb:GetItem on x',
  ])
  expect(grants).toEqual(['Stack.Policy: sqs:SendMessage on x'])
  expect(reasons).toContain('managed daemons are not emulated')
  expect(reasons.join()).not.toContain('conditional write')
})
