import { VirtualClock } from '@breakwater/circuit/testing'
import { expect, it } from 'vitest'
import type { EventEntry } from '../aws/event.ts'
import { createSecrets } from './secrets.ts'

function start() {
  const clock = new VirtualClock()
  const events: EventEntry[] = []
  const secrets = createSecrets({ clock, emit: event => void events.push(event) })
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at as the protocol has them
  const call = (action: string, input: object): any =>
    secrets.operations[action]!({ SecretId: 'db', ...input })
  const { ARN, VersionId: one } = secrets.operations.CreateSecret!({
    Name: 'db',
    SecretString: '1',
    ClientRequestToken: 'one',
  }) as { ARN: string; VersionId: string }
  return {
    clock,
    secrets,
    events,
    call,
    arn: ARN,
    one,
    labels: () => call('DescribeSecret', {}).VersionIdsToStages,
    moved: () => events.map(({ detail }) => `${detail.labelUpdated} to ${detail.versionId}`),
  }
}

it('Secrets Manager moves AWSCURRENT to a new version, and AWSPREVIOUS after it', () => {
  const { call, labels, moved, events, arn, clock } = start()
  expect(call('PutSecretValue', { SecretString: '2', ClientRequestToken: 'two' })).toEqual({
    ARN: arn,
    Name: 'db',
    VersionId: 'two',
    VersionStages: ['AWSCURRENT'],
  })
  expect(labels()).toEqual({ one: ['AWSPREVIOUS'], two: ['AWSCURRENT'] })
  call('UpdateSecret', { SecretString: '3', ClientRequestToken: 'three' })
  expect(labels()).toEqual({ two: ['AWSPREVIOUS'], three: ['AWSCURRENT'] })
  expect(moved()).toEqual(['AWSCURRENT to one', 'AWSCURRENT to two', 'AWSCURRENT to three'])
  expect(events.at(-1)).toEqual({
    source: 'aws.secretsmanager',
    detailType: 'Secret Label Updated',
    resources: [arn],
    at: clock.now(),
    detail: { name: 'db', labelUpdated: 'AWSCURRENT', versionId: 'three' },
  })
})

it('Secrets Manager emits events for custom labels, and none for AWSPENDING and AWSPREVIOUS', () => {
  const { call, labels, moved, events } = start()
  events.length = 0
  call('PutSecretValue', { SecretString: '2', ClientRequestToken: 'two', VersionStages: ['AWSPENDING'] })
  expect(moved()).toEqual([])
  call('UpdateSecretVersionStage', { VersionStage: 'BLUE', MoveToVersionId: 'two' })
  call('UpdateSecretVersionStage', {
    VersionStage: 'AWSCURRENT',
    MoveToVersionId: 'two',
    RemoveFromVersionId: 'one',
  })
  call('UpdateSecretVersionStage', { VersionStage: 'AWSPENDING', RemoveFromVersionId: 'two' })
  expect(labels()).toEqual({ one: ['AWSPREVIOUS'], two: ['BLUE', 'AWSCURRENT'] })
  expect(moved()).toEqual(['BLUE to two', 'AWSCURRENT to two'])
})

it('Secrets Manager moves a label back', () => {
  const { call, labels, moved } = start()
  call('PutSecretValue', { SecretString: '2', ClientRequestToken: 'two' })
  const back = { VersionStage: 'AWSCURRENT', MoveToVersionId: 'one', RemoveFromVersionId: 'two' }
  call('UpdateSecretVersionStage', back)
  expect(labels()).toEqual({ one: ['AWSCURRENT'], two: ['AWSPREVIOUS'] })
  expect(moved()).toEqual(['AWSCURRENT to one', 'AWSCURRENT to two', 'AWSCURRENT to one'])
})

it('Secrets Manager takes a label only from the version that is named', () => {
  const { call } = start()
  call('PutSecretValue', { SecretString: '2', ClientRequestToken: 'two' })
  const move = (input: object) => () =>
    call('UpdateSecretVersionStage', { VersionStage: 'AWSCURRENT', ...input })
  const refused = (message: string) =>
    expect.objectContaining({ code: 'InvalidParameterException', message: expect.stringContaining(message) })
  expect(move({ MoveToVersionId: 'one' })).toThrow(refused('currently attached to version two'))
  expect(move({ MoveToVersionId: 'one', RemoveFromVersionId: 'one' })).toThrow(refused("isn't attached"))
  expect(move({ RemoveFromVersionId: 'two' })).toThrow(refused('completely removed'))
  expect(move({ MoveToVersionId: 'none', RemoveFromVersionId: 'two' })).toThrow(
    expect.objectContaining({ code: 'ResourceNotFoundException' }),
  )
})

it('Secrets Manager takes the same token with the same value for the same request', () => {
  const { call, events } = start()
  events.length = 0
  const put = (SecretString: string) => call('PutSecretValue', { SecretString, ClientRequestToken: 'two' })
  expect(put('2')).toEqual(put('2'))
  expect(events).toHaveLength(1)
  expect(() => put('3')).toThrow(expect.objectContaining({ code: 'ResourceExistsException' }))
})
