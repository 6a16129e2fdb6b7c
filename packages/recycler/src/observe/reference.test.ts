import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Reference } from '../model.ts'
import {
  anyParameterName,
  anySecretName,
  place,
  regionAndAccount,
  suffix,
  versionId,
  where,
} from './names.fixture.ts'
import { parseArn } from './names.ts'
import { parseReference } from './reference.ts'

const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:'
const parameter = 'arn:aws:ssm:eu-west-1:123456789012:parameter'
const id = 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111'

describe('a reference is read from', () => {
  it.each([
    ['the ARN of a secret', `${secret}db-AbCdEf`, { name: 'db-AbCdEf' }],
    ['a partial ARN', `${secret}db`, { name: 'db' }],
    ['an ARN in China', `${secret}db`.replace('aws', 'aws-cn'), { name: 'db', partition: 'aws-cn' }],
    ['an ARN with a JSON key', `${secret}db-AbCdEf:user`, { name: 'db-AbCdEf' }],
    ['an ARN with a JSON key as ECS wants it', `${secret}db-AbCdEf:user::`, { name: 'db-AbCdEf' }],
    ['an ARN with a stage', `${secret}db:user:BLUE`, { name: 'db', label: 'BLUE' }],
    ['an ARN with a stage and no key', `${secret}db::AWSPREVIOUS:`, { name: 'db', label: 'AWSPREVIOUS' }],
    ['an ARN with a version', `${secret}db:::${id}`, { name: 'db', versionId: id }],
    ['an ARN with nothing but colons', `${secret}db:::`, { name: 'db' }],
    [
      'the ARN of a secret that RDS manages',
      `${secret}rds!cluster-0a1b-AbCdEf`,
      { name: 'rds!cluster-0a1b-AbCdEf' },
    ],
    ['a parameter that stands for a secret', '/aws/reference/secretsmanager/prod/db', { name: 'prod/db' }],
    ['the ARN of such a parameter', `${parameter}/aws/reference/secretsmanager/db`, { name: 'db' }],
    ['such a parameter with a stage', '/aws/reference/secretsmanager/db:BLUE', { name: 'db', label: 'BLUE' }],
    [
      'such a parameter with a version',
      `/aws/reference/secretsmanager/db:${id}`,
      { name: 'db', versionId: id },
    ],
  ])('%s', (_, written, expected) => {
    expect(parseReference(written, place)).toStrictEqual({
      kind: 'secret',
      use: 'secret',
      where,
      written,
      ...regionAndAccount,
      ...expected,
    })
  })

  it.each([
    ['the ARN of a parameter', `${parameter}/db`, { name: 'db' }],
    ['the ARN of a parameter in a hierarchy', `${parameter}/prod/db`, { name: '/prod/db' }],
    ['an ARN with a version', `${parameter}/prod/db:3`, { name: '/prod/db', versionId: '3' }],
    ['an ARN with a label', `${parameter}/db:blue`, { name: 'db', label: 'blue' }],
    ['an ARN with a strange label', `${parameter}/db:a/b`, { name: 'db', label: 'a/b' }],
    ['a name', 'db', { name: 'db' }],
    ['a name in a hierarchy', '/prod/db', { name: '/prod/db' }],
    ['a name with a slash in front', '/db', { name: '/db' }],
    ['a name with a version', '/prod/db:17', { name: '/prod/db', versionId: '17' }],
    ['a name with a label', 'db:blue', { name: 'db', label: 'blue' }],
    [
      'the ARN of a public parameter, which no account has',
      'arn:aws:ssm:eu-west-1::parameter/aws/service/x',
      { name: '/aws/service/x', account: '' },
    ],
  ])('%s', (_, written, expected) => {
    expect(parseReference(written, place)).toStrictEqual({
      kind: 'parameter',
      use: 'secret',
      where,
      written,
      ...regionAndAccount,
      ...expected,
    })
  })

  it.each([
    ['secret', 'parameter'],
    ['log-option', 'parameter'],
    ['registry', 'secret'],
    ['volume', 'secret'],
    ['credential-spec', 'secret'],
  ] satisfies [Reference['use'], string][])('a name in the place of a %s, as a %s', (use, kind) => {
    expect(parseReference('db', { use, where, regionAndAccount })).toMatchObject({ kind, name: 'db' })
  })

  it('a name as what the caller says it is', () => {
    expect(parseReference('a@b', { use: 'secret', where, regionAndAccount, kind: 'secret' })).toMatchObject({
      kind: 'secret',
      name: 'a@b',
    })
  })

  it('whatever a secret can be called', () => {
    const tail = fc.oneof(
      fc.constant([{}, ''] as const),
      fc.constant([{}, ':key'] as const),
      fc.constantFrom('AWSCURRENT', 'BLUE').map(label => [{ label }, `:key:${label}`] as const),
      versionId.map(version => [{ versionId: version }, `:::${version}`] as const),
    )
    fc.assert(
      fc.property(anySecretName, suffix, tail, (name, ending, [versionOrLabel, text]) => {
        const whole = `${name}-${ending}`
        expect(parseReference(`${secret}${whole}${text}`, place)).toStrictEqual({
          kind: 'secret',
          use: 'secret',
          where,
          written: `${secret}${whole}${text}`,
          ...regionAndAccount,
          name: whole,
          ...versionOrLabel,
        })
        const named = parseReference(name, { ...place, use: 'registry' })
        expect(named).toMatchObject({ kind: 'secret', name })
      }),
    )
  })

  it('whatever a parameter can be called, by name and by ARN', () => {
    fc.assert(
      fc.property(anyParameterName, name => {
        expect(parseReference(name, place)).toMatchObject({ kind: 'parameter', name })
        const path = name.startsWith('/') ? name : `/${name}`
        const plain = name.lastIndexOf('/') <= 0
        expect(parseReference(parameter + path, place)).toMatchObject({ name: plain ? path.slice(1) : path })
      }),
    )
  })
})

describe('no reference is read from', () => {
  it.each([
    ['a stage and a version', `${secret}db::BLUE:${id}`, 'only one'],
    ['more parts than there are', `${secret}db:key:::more`, 'more after the name'],
    ['no name', secret, 'not the ARN of a secret'],
    ['a name with a blank', `${secret}my db`, 'not the ARN of a secret'],
    ['a name that is too long', secret + 'x'.repeat(520), 'not the ARN of a secret'],
    ['a stage with a blank', `${secret}db::my stage:`, 'impossible version'],
    ['a version that is too long', `${secret}db:::${'x'.repeat(65)}`, 'impossible version'],
    ['no account', 'arn:aws:secretsmanager:eu-west-1::secret:db', 'not the ARN of a secret'],
    ['a short account', 'arn:aws:secretsmanager:eu-west-1:12345:secret:db', 'no well-formed ARN'],
    ['no region', 'arn:aws:secretsmanager::123456789012:secret:db', 'no well-formed ARN'],
    ['another partition', 'arn:gcp:secretsmanager:eu-west-1:123456789012:secret:db', 'no well-formed ARN'],
    ['nothing but the beginning', 'arn:', 'no well-formed ARN'],
    ['another service', 'arn:aws:s3:eu-west-1:123456789012:secret:db', 'neither a secret nor a parameter'],
    [
      'another thing of that service',
      'arn:aws:secretsmanager:eu-west-1:123456789012:policy:db',
      'neither a secret nor a parameter',
    ],
    ['a document', 'arn:aws:ssm:eu-west-1:123456789012:document/db', 'neither a secret nor a parameter'],
    ['a parameter with two slashes', `${parameter}//prod/db`, 'nor the name of a parameter'],
    ['a parameter with a slash at the end', `${parameter}/prod/db/`, 'nor the name of a parameter'],
    ['a parameter without a name', `${parameter}/`, 'nor the name of a parameter'],
    ['a parameter with a blank', 'my db', 'nor the name of a parameter'],
    ['a hierarchy that does not begin with a slash', 'prod/db', 'nor the name of a parameter'],
    ['an empty selector', 'db:', 'behind its colon'],
    ['two selectors', 'db:1:2', 'behind its colon'],
    ['a parameter that stands for no secret', '/aws/reference/secretsmanager/', 'name of a parameter'],
    ['a parameter that stands for an impossible one', '/aws/reference/secretsmanager/ö', 'impossible name'],
    ['an empty text', '', 'no text'],
    ['256 KiB', 'x'.repeat(262_144), 'longer than 4096'],
    ['256 KiB of an ARN', secret + 'x'.repeat(262_144), 'longer than 4096'],
    ['nothing', undefined, 'no text'],
    ['null', null, 'no text'],
    ['a number', 7, 'no text'],
    ['an object', { toString: () => `${secret}db` }, 'no text'],
  ])('%s', (_, written, problem) => {
    const unreadable = parseReference(written, place)
    expect(unreadable).toStrictEqual({
      where,
      written: expect.any(String),
      problem: expect.stringContaining(problem),
    })
    expect((unreadable as { written: string }).written.length).toBeLessThan(300)
  })

  it('the name of a secret with characters it cannot have', () => {
    expect(parseReference('db:key', { ...place, use: 'registry' })).toMatchObject({
      problem: expect.stringContaining('name of a secret'),
    })
  })

  it('a name whose region and account are not known', () => {
    expect(parseReference('db', { use: 'secret', where })).toMatchObject({
      problem: expect.stringContaining('not known'),
    })
    expect(parseReference(`${secret}db`, { use: 'secret', where })).toMatchObject({ name: 'db' })
  })

  it('a password in the wrong place, which is not repeated', () => {
    const unreadable = parseReference('correct horse battery staple', place)
    expect(unreadable).toMatchObject({ written: '(a text of 28 characters)' })
    expect(JSON.stringify(unreadable)).not.toContain('horse')
  })

  it('anything at all without saying why', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.string().map(text => `arn:${text}`),
        ),
        written => {
          const read = parseReference(written, place)
          expect('problem' in read ? read.problem : read.written).not.toBe('')
        },
      ),
    )
  })
})

describe('parseArn', () => {
  it('keeps the colons of the resource', () => {
    expect(parseArn(`${secret}db:key::`)).toEqual({
      ...regionAndAccount,
      service: 'secretsmanager',
      resource: 'secret:db:key::',
    })
  })

  it.each(['us-gov-west-1', 'us-isob-east-1', 'eusc-de-east-1', 'ap-southeast-7'])('knows %s', region => {
    expect(parseArn(`arn:aws:ssm:${region}:123456789012:parameter/x`)?.region).toBe(region)
  })

  it.each([
    undefined,
    {},
    ['arn:aws:ssm:eu-west-1:123456789012:parameter/x'],
    'arn:aws:ssm:eu-west-1:123456789012:',
    'arn:aws:ssm:eu-west-1:123456789012',
    `arn:aws:ssm:eu-west-1:123456789012:parameter/${'x'.repeat(4_096)}`,
    `arn:aws:ssm:eu-${'west-'.repeat(6)}1:123456789012:parameter/x`,
    'arn:aws:ssm:europe:123456789012:parameter/x',
    'arn:aws:SSM!:eu-west-1:123456789012:parameter/x',
    'ARN:aws:ssm:eu-west-1:123456789012:parameter/x',
    ' arn:aws:ssm:eu-west-1:123456789012:parameter/x',
    'arn:aws:ssm:eu-west-1:123456789012\n:parameter/x',
  ])('refuses %.60j', text => {
    expect(parseArn(text)).toBeUndefined()
  })
})
