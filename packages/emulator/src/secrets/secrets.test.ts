import { VirtualClock } from '@breakwater/circuit/testing'
import { expect, it } from 'vitest'
import { seeded } from '../ecs/ecs.fixture.ts'
import { createSecrets } from './secrets.ts'

function start() {
  const clock = new VirtualClock()
  const secrets = createSecrets({ clock, random: seeded(3) })
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at as the protocol has them
  const call = (action: string, input: object): any => secrets.operations[action]!({ ...input })
  const create = (Name: string): string => call('CreateSecret', { Name, SecretString: Name }).ARN
  return { clock, secrets, call, create }
}

it('Secrets Manager adds six characters to the ARN, the same for the same seed', () => {
  const arn = start().create('prod/db')
  expect(arn).toMatch(/^arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod\/db-[A-Za-z0-9]{6}$/)
  expect(start().create('prod/db')).toBe(arn)
})

it('a secret is found by ARN, ARN without suffix, and name, and not by another name', () => {
  const { create, call } = start()
  const db = create('db')
  const other = create('db-prod')
  const describe = (SecretId: string) => call('DescribeSecret', { SecretId }).ARN
  expect([db, db.slice(0, -7), 'db'].map(describe)).toEqual([db, db, db])
  expect([other, other.slice(0, -7), 'db-prod'].map(describe)).toEqual([other, other, other])
  for (const none of ['d', `${db}x`, db.slice(0, -1), `${db.slice(0, -7)}-`]) {
    expect(() => describe(none)).toThrow(expect.objectContaining({ code: 'ResourceNotFoundException' }))
  }
})

it('Secrets Manager takes a whole ARN for that before it takes it for part of another', () => {
  const { create, call } = start()
  const db = create('db')
  create(`db-${db.slice(-6)}`)
  expect(call('DescribeSecret', { SecretId: db }).Name).toBe('db')
})

it('Secrets Manager answers GetSecretValue with values, and counts the calls', () => {
  const { create, call, secrets } = start()
  create('db')
  call('PutSecretValue', { SecretId: 'db', SecretBinary: 'AAE=', ClientRequestToken: 'two' })
  expect(secrets.counts().GetSecretValue).toBeUndefined()
  expect(call('GetSecretValue', { SecretId: 'db' })).toMatchObject({ SecretBinary: 'AAE=', VersionId: 'two' })
  const before = call('GetSecretValue', { SecretId: 'db', VersionStage: 'AWSPREVIOUS' })
  expect(before).toMatchObject({ SecretString: 'db', VersionStages: ['AWSPREVIOUS'] })
  const none = { SecretId: 'db', VersionStage: 'BLUE' }
  expect(() => call('GetSecretValue', none)).toThrow(
    "Secrets Manager can't find the specified secret value for staging label: BLUE",
  )
  expect(secrets.counts().GetSecretValue).toBe(3)
  const both = { SecretId: 'db', VersionId: 'two', VersionStage: 'AWSPREVIOUS' }
  expect(() => call('GetSecretValue', both)).toThrow(
    expect.objectContaining({ code: 'InvalidRequestException' }),
  )
})

it('Secrets Manager records every change in LastChangedDate', async () => {
  const { create, call, clock } = start()
  create('db')
  const changed = () => call('DescribeSecret', { SecretId: 'db' }).LastChangedDate * 1_000
  for (const [action, input] of [
    ['TagResource', { Tags: [{ Key: 'a', Value: 'b' }] }],
    ['UpdateSecret', { Description: 'd' }],
    ['PutSecretValue', { SecretString: 'two' }],
  ] as const) {
    await clock.advance(1_000)
    call(action, { SecretId: 'db', ...input })
    expect(changed()).toBe(clock.now())
  }
  call('GetSecretValue', { SecretId: 'db' })
  await clock.advance(1_000)
  expect(changed()).toBe(clock.now() - 1_000)
})

it('a secret is deleted in time', async () => {
  const { create, call, clock, secrets } = start()
  const arn = create('db')
  const days = 86_400_000
  expect(call('DeleteSecret', { SecretId: 'db', RecoveryWindowInDays: 7 })).toMatchObject({
    DeletionDate: (clock.now() + 7 * days) / 1_000,
  })
  expect(call('DescribeSecret', { SecretId: 'db' }).DeletedDate).toBe((clock.now() + 7 * days) / 1_000)
  for (const action of ['GetSecretValue', 'PutSecretValue', 'TagResource']) {
    const input = { SecretId: 'db', SecretString: 'x' }
    expect(() => call(action, input)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^Invalid/) }),
    )
  }
  expect(secrets.lookup(arn)).toBeUndefined()
  expect(() => create('db')).toThrow('already scheduled for deletion')
  await clock.advance(7 * days - 1)
  expect(call('DescribeSecret', { SecretId: 'db' })).toHaveProperty('DeletedDate')
  await clock.advance(1)
  expect(() => call('DescribeSecret', { SecretId: 'db' })).toThrow(
    expect.objectContaining({ code: 'ResourceNotFoundException' }),
  )
  create('db')
  call('DeleteSecret', { SecretId: 'db', ForceDeleteWithoutRecovery: true })
  create('db')
})

it('Secrets Manager finds the version of a reference', () => {
  const { create, call, secrets } = start()
  const arn = create('rds!cluster-1')
  const { VersionId: first } = call('GetSecretValue', { SecretId: arn })
  call('PutSecretValue', { SecretId: arn, SecretString: 'two', ClientRequestToken: 'two' })
  const version = (valueFrom: string) => secrets.lookup(valueFrom)?.versionId
  for (const valueFrom of [
    arn,
    arn.slice(0, -7),
    `${arn}:user::`,
    `${arn}:user:AWSCURRENT:`,
    'rds!cluster-1',
  ]) {
    expect(version(valueFrom)).toBe('two')
  }
  expect(version(`${arn}::AWSPREVIOUS:`)).toBe(first)
  expect(version(`${arn}:::${first}`)).toBe(first)
  for (const none of [`${arn}::BLUE:`, `${arn}:::none`, 'none', `${arn}x`])
    expect(version(none)).toBeUndefined()
})

it.each([
  ['CreateSecret', {}, 'InvalidParameterException'],
  ['CreateSecret', { Name: 'a b' }, 'InvalidParameterException'],
  ['CreateSecret', { Name: 'db' }, 'ResourceExistsException'],
  ['CreateSecret', { Name: 'x', SecretString: 'a', SecretBinary: 'AA==' }, 'InvalidParameterException'],
  ['PutSecretValue', { SecretId: 'db' }, 'InvalidParameterException'],
  ['PutSecretValue', { SecretId: 'none', SecretString: 'x' }, 'ResourceNotFoundException'],
  ['GetSecretValue', { SecretId: 'none' }, 'ResourceNotFoundException'],
  ['DescribeSecret', { SecretId: 'none' }, 'ResourceNotFoundException'],
  ['DescribeSecret', { SecretId: 7 }, 'InvalidParameterException'],
  ['DeleteSecret', { SecretId: 'db', RecoveryWindowInDays: 3 }, 'InvalidParameterException'],
])('%s of %j is refused with %s', (action, input, code) => {
  const { create, call } = start()
  create('db')
  expect(() => call(action, input)).toThrow(expect.objectContaining({ code }))
})
