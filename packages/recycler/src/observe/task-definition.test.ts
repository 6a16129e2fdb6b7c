import type { TaskDefinition } from '@aws-sdk/client-ecs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import { regionAndAccount } from './names.fixture.ts'
import { revisionOf } from './task-definition.ts'

const arn = 'arn:aws:ecs:eu-west-1:123456789012:task-definition/api:3'
const secret = (name: string) => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}`
const parameter = 'arn:aws:ssm:eu-west-1:123456789012:parameter'
const digest = `@sha256:${'0123456789abcdef'.repeat(4)}`

const task: TaskDefinition = {
  taskDefinitionArn: arn,
  containerDefinitions: [
    {
      name: 'api',
      image: 'api:latest',
      environment: [{ name: 'NOT_A_REFERENCE', value: secret('plain') }],
      secrets: [
        { name: 'USER', valueFrom: secret('db-AbCdEf:user::') },
        { name: 'PASSWORD', valueFrom: secret('db:password') },
        { name: 'KEY', valueFrom: '/api/key' },
      ],
      logConfiguration: {
        logDriver: 'splunk',
        options: { 'splunk-url': 'https://logs.example.com', 'splunk-token': secret('in-options') },
        secretOptions: [{ name: 'splunk-token', valueFrom: secret('splunk') }],
      },
      repositoryCredentials: { credentialsParameter: 'registry/login' },
    },
    {
      name: 'router',
      image: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/fluent-bit:3${digest}`,
      firelensConfiguration: {
        type: 'fluentbit',
        options: { 'config-file-value': 'arn:aws:s3:::config/fluent.conf', token: `${parameter}/firelens` },
      },
    },
    {
      name: 'windows',
      image: 'api:latest',
      credentialSpecs: [`credentialspecdomainless:${parameter}/ad/spec`],
      dockerSecurityOptions: [`credentialspec:${parameter}/old-spec`, 'no-new-privileges', `${parameter}/x`],
    },
  ],
  volumes: [
    { name: 'scratch' },
    {
      name: 'share',
      fsxWindowsFileServerVolumeConfiguration: {
        fileSystemId: 'fs-1',
        rootDirectory: 'share',
        authorizationConfig: { credentialsParameter: secret('ad-AbCdEf'), domain: 'example.com' },
      },
    },
  ],
}

/** A task definition with one secret. */
const reading = (valueFrom: unknown) => ({
  taskDefinitionArn: arn,
  containerDefinitions: [{ secrets: [{ name: 'A', valueFrom }] }],
})
const read = (foreign: unknown) => revisionOf(foreign as TaskDefinition)

describe('revisionOf', () => {
  it('finds every place in which a secret or parameter is named', () => {
    const { references, unreadable, ...rest } = revisionOf(task)
    expect(rest).toEqual({ arn, mutableImages: ['api:latest'] })
    expect(unreadable).toEqual([])
    expect(references.map(({ where, use, kind, name }) => [where, use, kind, name])).toEqual([
      ['containerDefinitions[0].secrets[0].valueFrom', 'secret', 'secret', 'db-AbCdEf'],
      ['containerDefinitions[0].secrets[1].valueFrom', 'secret', 'secret', 'db'],
      ['containerDefinitions[0].secrets[2].valueFrom', 'secret', 'parameter', '/api/key'],
      [
        'containerDefinitions[0].logConfiguration.secretOptions[0].valueFrom',
        'log-option',
        'secret',
        'splunk',
      ],
      [
        'containerDefinitions[0].repositoryCredentials.credentialsParameter',
        'registry',
        'secret',
        'registry/login',
      ],
      ['containerDefinitions[0].logConfiguration.options.splunk-token', 'log-option', 'secret', 'in-options'],
      ['containerDefinitions[1].firelensConfiguration.options.token', 'log-option', 'parameter', 'firelens'],
      ['containerDefinitions[2].credentialSpecs[0]', 'credential-spec', 'parameter', '/ad/spec'],
      ['containerDefinitions[2].dockerSecurityOptions[0]', 'credential-spec', 'parameter', 'old-spec'],
      [
        'volumes[1].fsxWindowsFileServerVolumeConfiguration.authorizationConfig.credentialsParameter',
        'volume',
        'secret',
        'ad-AbCdEf',
      ],
    ])
  })

  it('looks names up in the account of the task definition, or in the one of the options', () => {
    expect(read(reading('db')).references).toMatchObject([regionAndAccount])
    const elsewhere = { ...regionAndAccount, region: 'us-east-1' }
    expect(revisionOf(reading('db') as TaskDefinition, elsewhere).references).toMatchObject([elsewhere])
    expect(read({ ...reading('db'), taskDefinitionArn: undefined })).toMatchObject({
      arn: '',
      references: [],
      unreadable: [{ problem: expect.stringContaining('not known') }],
    })
  })

  it('reports what stands where a reference should be and is none', () => {
    const { references, unreadable } = read(reading('arn:aws:s3:::bucket'))
    expect(references).toEqual([])
    expect(unreadable).toEqual([
      {
        where: 'containerDefinitions[0].secrets[0].valueFrom',
        written: 'arn:aws:s3:::bucket',
        problem: 'is no well-formed ARN',
      },
    ])
    expect(read({ containerDefinitions: [{ secrets: [null] }] }).unreadable).toHaveLength(1)
  })

  it('keeps nothing of options that are no references, as they may be secrets themselves', () => {
    const options = { token: 'hunter2', 'other-token': 'arn:hunter2', name: 'db' }
    const container = { image: `api${digest}`, logConfiguration: { options } }
    expect(read({ taskDefinitionArn: arn, containerDefinitions: [container] })).toEqual({
      arn,
      references: [],
      unreadable: [],
      mutableImages: [],
    })
  })

  it.each([
    ['api', ['api']],
    ['api:1.2.3', ['api:1.2.3']],
    ['registry.example.com:5000/api', ['registry.example.com:5000/api']],
    [`api${digest}`, []],
    [`registry.example.com:5000/team/api:1${digest}`, []],
    ['api@sha256:beef', ['api@sha256:beef']],
    ['', []],
    [7, []],
    ['x'.repeat(262_144), []],
  ])('takes the image %.60j for one that can move, or not', (image, expected) => {
    expect(read({ containerDefinitions: [{ image }, { image }] }).mutableImages).toEqual(expected)
  })

  it('is not misled by what an object inherits', () => {
    const inherited = Object.create(reading(secret('db')))
    expect(read(inherited)).toEqual({ arn: '', references: [], unreadable: [], mutableImages: [] })
  })

  it('never throws, whatever a task definition has in it', () => {
    const names = ['containerDefinitions', 'volumes', 'secrets', 'valueFrom', 'logConfiguration', 'options']
    const more = [
      'secretOptions',
      'repositoryCredentials',
      'credentialsParameter',
      'credentialSpecs',
      'image',
    ]
    const key = fc.constantFrom(...names, ...more, '__proto__', 'constructor')
    const { tree } = fc.letrec(tie => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        fc.anything(),
        fc.constantFrom(secret('db'), '/a/b'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
      ),
    }))
    const container = fc.dictionary(key, tree, { maxKeys: 6 })
    const definition = fc.record({
      taskDefinitionArn: fc.constant(arn),
      containerDefinitions: fc.array(container),
    })
    let found = 0
    fc.assert(
      fc.property(fc.oneof(tree, definition), foreign => {
        const { references, unreadable } = read(foreign)
        found += references.length
        for (const { written } of [...references, ...unreadable]) expect(typeof written).toBe('string')
      }),
      { numRuns: runs(800, 2_000), seed: 6 },
    )
    expect(found).toBeGreaterThan(0)
  })
})
