import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { expect, it } from 'vitest'
import { acknowledge, wildcardFinding } from './acknowledge.ts'
import { findings, makeStack } from './stack.fixture.ts'

it('acknowledge takes the finding of one resource, and no other', () => {
  const stack = makeStack()
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
  const objects = Bucket.fromBucketArn(stack, 'Bucket', 'arn:aws:s3:::bucket').arnForObjects('*')
  const named = stack.formatArn({ service: 'sqs', resource: 'orders-*' })
  role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [objects] }))
  role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [named] }))
  const found = [wildcardFinding(role, objects), wildcardFinding(role, named)]
  const at = ' at Test/Role/DefaultPolicy/Resource'
  expect(findings(role)).toEqual(found.map(rule => rule + at))

  acknowledge(role, { [found[0]!]: 'Objects are named at run time' })
  expect(findings(role)).toEqual([found[1] + at])
})
