import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import { readEvent } from './read-event.ts'
import {
  changed,
  deploymentFailed,
  labelUpdated,
  parameterChange,
  putSecretValue,
  rotationSucceeded,
} from './samples.fixture.ts'
import { foreign, nearlyGood } from './untrusted.fixture.ts'

const account = '012345678901'
const arn = (resource: string, regionAndAccount = 'us-west-2:012345678901') =>
  `arn:aws:secretsmanager:${regionAndAccount}:${resource}`
const read = (event: unknown) => readEvent(event, { account, cloudTrail: true })
const readParameter = (event: unknown) => readEvent(event, { account: '123456789012' })
const updated = (fields: object, detail?: object) => read(changed(labelUpdated, fields, detail))

const labelNotice = {
  kind: 'changed',
  sourceKind: 'secret',
  secretId: 'arn:aws:secretsmanager:us-west-2:012345678901:secret:mySecret-a1b2c3',
  name: 'mySecret',
  label: 'AWSCURRENT',
  versionId: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111',
  at: Date.UTC(2024, 1, 6, 16, 43, 48),
  origin: 'label-updated',
  account,
}
const parameterNotice = {
  kind: 'changed',
  sourceKind: 'parameter',
  secretId: 'arn:aws:ssm:us-east-2:123456789012:parameter/MyExampleParameter',
  name: 'MyExampleParameter',
  label: 'LATEST',
  at: Date.UTC(2017, 4, 22, 16, 44, 48),
  origin: 'parameter-change',
  account: '123456789012',
}

describe('the samples', () => {
  it('say that a label moved, as an object and as text', () => {
    expect(read(labelUpdated)).toStrictEqual(labelNotice)
    expect(read(JSON.stringify(labelUpdated))).toStrictEqual(labelNotice)
  })

  it('say that a rotation succeeded, where CloudTrail is listened to', () => {
    const { SecretId } = rotationSucceeded.detail.additionalEventData
    expect(read(rotationSucceeded)).toStrictEqual({
      kind: 'changed',
      sourceKind: 'secret',
      secretId: SecretId,
      label: 'AWSCURRENT',
      at: Date.UTC(2021, 7, 13, 19, 17, 16),
      origin: 'rotation-succeeded',
      account,
    })
    expect(readEvent(rotationSucceeded, { account })).toMatchObject({ kind: 'ignored' })
  })

  it('say that a parameter changed', () => {
    expect(readParameter(parameterChange)).toStrictEqual(parameterNotice)
  })

  it('say nothing where a value was put, as that is too early', () => {
    expect(read(putSecretValue)).toEqual({ kind: 'ignored', why: expect.stringContaining('too early') })
  })

  it('say nothing of secrets where they are of ECS', () => {
    expect(readEvent(deploymentFailed, { account: '111122223333' })).toEqual({
      kind: 'ignored',
      why: '“ECS Deployment State Change” of aws.ecs says nothing of a secret',
    })
  })
})

describe('Secret Label Updated', () => {
  it.each(['rds!cluster-0a1b-2c3d', 'prod/db_1+2=3.x@y-z!', 'db-AbCdEf', 'x'.repeat(512)])(
    'may be of a secret called %.40s',
    name => {
      const secretId = arn(`secret:${name}-AbCdEf`)
      expect(updated({ resources: [secretId] }, { name })).toMatchObject({ kind: 'changed', secretId, name })
      expect(updated({ resources: [secretId] }, { name: undefined })).toMatchObject({ kind: 'changed', name })
    },
  )

  it.each(['AWSPREVIOUS', 'BLUE', 'my-stage/2'])('may be of the label %s', labelUpdated => {
    expect(updated({}, { labelUpdated })).toMatchObject({ kind: 'changed', label: labelUpdated })
  })

  it('says nothing yet where AWSPENDING moved', () => {
    expect(updated({}, { labelUpdated: 'AWSPENDING' })).toMatchObject({ kind: 'ignored' })
  })

  it('may come without a version', () => {
    const { versionId, ...rest } = labelNotice
    expect(updated({}, { versionId: undefined })).toStrictEqual(rest)
  })

  it.each([
    ['no resources', { resources: undefined }],
    ['resources that are no list', { resources: labelUpdated.resources[0] }],
    ['an empty list of resources', { resources: [] }],
    ['a resource that is no text', { resources: [{ arn: labelUpdated.resources[0] }] }],
    ['a name for an ARN', { resources: ['mySecret'] }],
    ['a partial ARN', { resources: [arn('secret:mySecret')] }],
    ['the ARN of another account', { resources: [arn('secret:mySecret-a1b2c3', 'us-west-2:999999999999')] }],
    ['the ARN of another region', { resources: [arn('secret:mySecret-a1b2c3', 'us-east-1:012345678901')] }],
    [
      'the ARN of a parameter',
      { resources: ['arn:aws:ssm:us-west-2:012345678901:parameter/mySecret-a1b2c3'] },
    ],
    ['the ARN of something else', { resources: [arn('policy:mySecret-a1b2c3')] }],
    ['more after the ARN', { resources: [arn('secret:mySecret-a1b2c3:key')] }],
    ['an impossible name', { resources: [arn('secret:my secret-a1b2c3')] }],
    ['256 KiB of a name', { resources: [arn(`secret:${'x'.repeat(262_144)}-a1b2c3`)] }],
    ['no detail', { detail: undefined }],
    ['a list for a detail', { detail: [] }],
    ['a text for a detail', { detail: JSON.stringify(labelUpdated.detail) }],
  ])('is malformed with %s', (_, fields) => {
    const nameless = { detail: { ...labelUpdated.detail, name: undefined }, ...fields }
    expect(updated(nameless)).toEqual({ kind: 'malformed', why: expect.any(String) })
  })

  it.each([
    ['another name', { name: 'yourSecret' }],
    ['the name with its suffix', { name: 'mySecret-a1b2c3' }],
    ['a name that is no text', { name: 7 }],
    ['no label', { labelUpdated: undefined }],
    ['a list of labels', { labelUpdated: ['AWSCURRENT'] }],
    ['an empty label', { labelUpdated: '' }],
    ['a label with a line break', { labelUpdated: 'AWS\nCURRENT' }],
    ['256 KiB of a label', { labelUpdated: 'x'.repeat(262_144) }],
    ['a number for a version', { versionId: 3 }],
    ['an empty version', { versionId: '' }],
    ['null for a version', { versionId: null }],
    ['256 KiB of a version', { versionId: 'x'.repeat(262_144) }],
  ])('is malformed with %s in the detail', (_, detail) => {
    expect(updated({}, detail)).toEqual({ kind: 'malformed', why: expect.any(String) })
  })
})

describe('CloudTrail', () => {
  const rotation = (detail: object, fields: object = {}) => read(changed(rotationSucceeded, fields, detail))
  const id = arn('secret:db-AbCdEf')

  it('may say the id in the details of the service', () => {
    const detail = { additionalEventData: undefined, serviceEventDetails: { secretId: id } }
    expect(rotation(detail)).toMatchObject({ kind: 'changed', secretId: id })
  })

  it.each([id, arn('secret:db'), 'db', 'rds!cluster-0a1b'])('may say the id as %s', SecretId => {
    expect(rotation({ additionalEventData: { SecretId } })).toMatchObject({ secretId: SecretId })
  })

  it.each([
    ['no id', undefined],
    ['an id that is no text', { SecretId: 7 }],
    ['an impossible name', { SecretId: 'my secret' }],
    ['an ARN of an impossible name', { SecretId: arn('secret:my secret') }],
    ['an ARN with more after it', { SecretId: arn('secret:db-AbCdEf:key') }],
    ['the ARN of another account', { SecretId: arn('secret:db-AbCdEf', 'us-west-2:999999999999') }],
    ['the ARN of another region', { SecretId: arn('secret:db-AbCdEf', 'us-east-1:012345678901') }],
    ['256 KiB of an id', { SecretId: 'x'.repeat(262_144) }],
    ['a list', [id]],
  ])('is malformed with %s', (_, additionalEventData) => {
    expect(rotation({ additionalEventData })).toMatchObject({ kind: 'malformed' })
  })

  it('is malformed where it is not of Secrets Manager, or has no name', () => {
    expect(rotation({ eventSource: 'kms.amazonaws.com' })).toMatchObject({ kind: 'malformed' })
    expect(rotation({ eventName: ['RotationSucceeded'] })).toMatchObject({ kind: 'malformed' })
    expect(read(changed(putSecretValue, {}, { eventName: null }))).toMatchObject({ kind: 'malformed' })
  })

  it('is not believed where a name alone comes from another account, in which it cannot be looked up', () => {
    const event = changed(rotationSucceeded, {}, { additionalEventData: { SecretId: 'db' } })
    const options = { account: '999999999999', allowedAccounts: [account], cloudTrail: true }
    expect(readEvent(event, options)).toMatchObject({ kind: 'malformed' })
    expect(readEvent(rotationSucceeded, options)).toMatchObject({ kind: 'changed', account })
  })

  it.each(['RotationFailed', 'RotationAbandoned'])(
    'says %s to whom it concerns, listened to or not',
    eventName => {
      const attention = { kind: 'attention', what: eventName, at: Date.UTC(2021, 7, 13, 19, 17, 16), account }
      const { SecretId } = rotationSucceeded.detail.additionalEventData
      expect(rotation({ eventName })).toStrictEqual({ ...attention, secretId: SecretId })
      expect(rotation({ eventName, additionalEventData: null })).toStrictEqual(attention)
      expect(readEvent(changed(rotationSucceeded, {}, { eventName }), { account })).toMatchObject(attention)
    },
  )

  it.each(['RotationStarted', 'StartSecretVersionDelete', 'x'.repeat(262_144)])(
    'says no more by %.30s',
    eventName => {
      const notice = rotation({ eventName })
      expect(notice).toEqual({ kind: 'ignored', why: expect.stringContaining('moves no label') })
      expect(JSON.stringify(notice).length).toBeLessThan(300)
    },
  )

  it.each(['UpdateSecretVersionStage', 'UpdateSecret', 'GetSecretValue'])(
    'says no more by the call %s',
    eventName => {
      expect(read(changed(putSecretValue, {}, { eventName }))).toEqual({
        kind: 'ignored',
        why: expect.stringContaining(eventName),
      })
    },
  )
})

describe('Parameter Store Change', () => {
  const regionAndAccount = 'arn:aws:ssm:us-east-2:123456789012:parameter'
  const change = (detail: object, fields: object = {}) =>
    readParameter(changed(parameterChange, fields, detail))

  it.each([
    ['Create', '/prod/db', `${regionAndAccount}/prod/db`],
    ['Update', 'A.b_c-9', `${regionAndAccount}/A.b_c-9`],
    ['Update', '/db', `${regionAndAccount}/db`],
  ])('is one by %s of %s', (operation, name, secretId) => {
    expect(change({ operation, name }, { resources: [secretId] })).toStrictEqual({
      ...parameterNotice,
      name,
      secretId,
    })
  })

  it.each([
    ['Delete', { operation: 'Delete' }, 'deleted'],
    ['LabelParameterVersion', { operation: 'LabelParameterVersion' }, 'labels'],
    ['a failure', { exception: 'ParameterNotFound' }, 'failed'],
    ['a failure without a word', { exception: null }, 'failed'],
  ])('is none by %s', (_, detail, why) => {
    expect(change(detail)).toEqual({ kind: 'ignored', why: expect.stringContaining(why) })
  })

  it.each([
    ['no operation', { operation: undefined }],
    ['an unknown operation', { operation: 'Upsert' }],
    ['what every object has for an operation', { operation: 'constructor' }],
    ['no name', { name: undefined }],
    ['another name than the ARN says', { name: 'YourExampleParameter' }],
    ['an impossible name', { name: 'My/Example' }],
    ['a name that is no text', { name: ['MyExampleParameter'] }],
  ])('is malformed with %s', (_, detail) => {
    expect(change(detail)).toMatchObject({ kind: 'malformed' })
  })

  it('is malformed with an ARN of an impossible name', () => {
    expect(change({ name: 'my db' }, { resources: [`${regionAndAccount}/my db`] })).toMatchObject({
      kind: 'malformed',
    })
  })

  it.each([
    ['no ARN', undefined],
    ['the ARN of another account', ['arn:aws:ssm:us-east-2:999999999999:parameter/MyExampleParameter']],
    ['the ARN of a secret', [arn('secret:MyExampleParameter', 'us-east-2:123456789012')]],
    ['the ARN of a document', ['arn:aws:ssm:us-east-2:123456789012:document/MyExampleParameter']],
  ])('is malformed with %s', (_, resources) => {
    expect(change({}, { resources })).toMatchObject({ kind: 'malformed' })
  })
})

describe('Parameter Store Policy Action', () => {
  const type = { 'detail-type': 'Parameter Store Policy Action' }
  const act = (detail: object) => readParameter(changed(parameterChange, { ...type, detail }))

  it.each(['Expiration', 'ExpirationNotification', 'NoChangeNotification'])('says %s', what => {
    const attention = { kind: 'attention', what, at: parameterNotice.at, account: '123456789012' }
    const detail = { 'policy-type': what, 'parameter-name': 'MyExampleParameter', 'action-status': 'Success' }
    expect(act(detail)).toStrictEqual({ ...attention, secretId: parameterNotice.secretId })
    expect(act({ 'policy-type': what })).toStrictEqual(attention)
  })

  it('is malformed with another policy', () => {
    expect(act({ 'policy-type': 'Eternity' })).toMatchObject({ kind: 'malformed' })
  })
})

describe('the account', () => {
  const foreignEvent = changed(labelUpdated, {
    account: '999999999999',
    resources: [arn('secret:mySecret-a1b2c3', 'us-west-2:999999999999')],
  })

  it('of an event must be this one, or one of the allow-list', () => {
    expect(read(foreignEvent)).toEqual({ kind: 'ignored', why: expect.stringContaining('999999999999') })
    expect(readEvent(foreignEvent, { account, allowedAccounts: ['888888888888'] })).toMatchObject({
      kind: 'ignored',
    })
    expect(readEvent(foreignEvent, { account, allowedAccounts: ['999999999999'] })).toMatchObject({
      kind: 'changed',
      account: '999999999999',
      secretId: arn('secret:mySecret-a1b2c3', 'us-west-2:999999999999'),
    })
  })

  it('of others is ignored even where it sends nonsense, which would fill the dead-letter queue', () => {
    expect(read(changed(foreignEvent, { detail: 7 }))).toMatchObject({ kind: 'ignored' })
  })
})

describe('no event is', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a list', [labelUpdated]],
    ['a function', () => labelUpdated],
    ['a text that is no JSON', 'Secret Label Updated'],
    ['JSON of no object', '"Secret Label Updated"'],
    ['JSON of JSON', JSON.stringify(JSON.stringify(labelUpdated))],
    ['an empty text', ''],
    ['256 KiB of text', 'x'.repeat(262_144)],
    ['256 KiB of brackets', '['.repeat(262_144)],
    ['an empty object', {}],
    ['what only inherits its fields', Object.create(labelUpdated)],
    ['what has them of a __proto__ in JSON', `{"__proto__":${JSON.stringify(labelUpdated)}}`],
    ['what throws when it is looked at', new Proxy({}, { getOwnPropertyDescriptor: () => expect.fail() })],
  ])('%s', (_, event) => {
    expect(read(event)).toEqual({ kind: 'malformed', why: expect.stringMatching(/^the event /) })
  })

  it.each([
    ['without a source', { source: undefined }],
    ['with a list for a source', { source: ['aws.secretsmanager'] }],
    ['without a detail-type', { 'detail-type': undefined }],
    ['without an account', { account: undefined }],
    ['with a number for an account', { account: 12345678901 }],
    ['with a short account', { account: '12345' }],
    ['without a region', { region: undefined }],
    ['with an impossible region', { region: 'us west 2' }],
    ['with 256 KiB for a region', { region: `us-${'west-'.repeat(52_428)}2` }],
    ['without a time', { time: undefined }],
    ['with a number for a time', { time: 1_707_237_828 }],
    ['with a date for a time', { time: '2024-02-06' }],
    ['with a day that there is not', { time: '2024-02-30T16:43:48Z' }],
    ['with an hour that there is not', { time: '2024-02-06T24:00:00Z' }],
    ['with a month that there is not', { time: '2024-13-06T16:43:48Z' }],
    ['with a time before all computers', { time: '1024-02-06T16:43:48Z' }],
    ['with a time elsewhere', { time: '2024-02-06T16:43:48+01:00' }],
    ['with a time in words', { time: 'Tue, 06 Feb 2024 16:43:48 GMT' }],
  ])('one %s', (_, fields) => {
    expect(updated(fields)).toEqual({ kind: 'malformed', why: expect.stringMatching(/^the event has no /) })
  })

  it('one of a custom source, though it looks the same', () => {
    const notice = updated({ source: 'my.secretsmanager' })
    expect(notice).toEqual({ kind: 'ignored', why: expect.stringContaining('my.secretsmanager') })
    const long = updated({ source: 'x'.repeat(262_144), 'detail-type': 'y'.repeat(262_144) })
    expect(JSON.stringify(long).length).toBeLessThan(300)
  })

  it('one that a polluted prototype makes up', () => {
    const prototype = Object.prototype as { detail?: unknown }
    prototype.detail = labelUpdated.detail
    try {
      const { detail, ...rest } = labelUpdated
      expect(read(rest)).toMatchObject({ kind: 'malformed' })
    } finally {
      delete prototype.detail
    }
  })
})

describe('whatever comes', () => {
  const options = { account, allowedAccounts: ['123456789012'], cloudTrail: true }
  const kinds = ['changed', 'attention', 'ignored', 'malformed']

  it('it never throws, and answers no more than it knows', () => {
    fc.assert(
      fc.property(foreign, event => {
        const notice = readEvent(event, options)
        expect(kinds).toContain(notice.kind)
        expect(JSON.stringify(notice).length).toBeLessThan(6_000)
      }),
      { numRuns: runs(200, 4_000) },
    )
  })

  it('only well-formed ids of the account of the event count as changed', () => {
    const seen = { changed: 0, attention: 0, ignored: 0, malformed: 0 }
    fc.assert(
      fc.property(nearlyGood, event => {
        const notice = readEvent(event, options)
        seen[notice.kind]++
        if (notice.kind !== 'changed') return
        const { secretId, account, sourceKind, at } = notice
        expect(account).toBe(event.account)
        expect([options.account, ...options.allowedAccounts]).toContain(account)
        expect(new Date(at).getTime()).toBe(at)
        const service = sourceKind === 'secret' ? 'secretsmanager' : 'ssm'
        const [head, partition, ...parts] = secretId.split(':')
        if (head !== 'arn') {
          expect(account).toBe(options.account)
          expect(secretId).toMatch(/^[A-Za-z0-9/_+=.@!-]{1,512}$/)
          return
        }
        expect(partition).toMatch(/^aws(-cn)?$/)
        expect(parts.slice(0, 3)).toEqual([service, event.region, account])
        const resource = parts.slice(3).join(':')
        expect(resource).toMatch(
          sourceKind === 'secret' ? /^secret:[A-Za-z0-9/_+=.@!-]{1,519}$/ : /^parameter(\/[A-Za-z0-9_.-]+)+$/,
        )
      }),
      { numRuns: runs(200, 4_000), seed: 6 },
    )
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0)
  })
})

describe('the options', () => {
  it.each([
    [{}, 'account'],
    [{ account: 'mine' }, 'account'],
    [{ account, allowedAccounts: ['yours'] }, 'allowedAccounts'],
    [{ account, allowedAccounts: '999999999999' }, 'allowedAccounts'],
    [{ account, cloudTrail: 'true' }, 'cloudTrail'],
    [{ account, cloudtrail: true }, 'cloudtrail'],
  ])('%j are refused', (options, name) => {
    const refused = () => readEvent(labelUpdated, options as never)
    expect(refused).toThrow(TypeError)
    expect(refused).toThrow(name)
  })
})
