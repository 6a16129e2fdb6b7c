import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import { inProcess, ServiceFault } from '../sdk.fixture.ts'
import { describeSource } from './describe-source.ts'

const secretArn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders/db-AbCdEf'
const parameterArn = (path: string) => `arn:aws:ssm:eu-west-1:123456789012:parameter/${path}`

/** Clients that know one secret and some parameters. Any other operation would throw. */
function setUp(more: object = {}, parameters: readonly string[] = ['/orders/db']) {
  const asked: unknown[] = []
  const secret = {
    ARN: secretArn,
    Name: 'orders/db',
    LastChangedDate: 1_700_000_000.5,
    VersionIdsToStages: { v2: ['AWSCURRENT', 'blue'], v1: ['AWSPREVIOUS'], v0: [] },
    ...more,
  }
  const secrets = new SecretsManagerClient(
    inProcess({
      DescribeSecret: ({ SecretId }) => {
        asked.push(SecretId)
        if (['orders/db', secretArn].includes(SecretId)) return secret
        throw new ServiceFault('ResourceNotFoundException', 'there is none')
      },
    }),
  )
  const ssm = new SSMClient(
    inProcess({
      DescribeParameters: ({ ParameterFilters: [{ Key, Option, Values }], NextToken }) => {
        asked.push([Key, Option, ...Values])
        // An empty page comes first, as it may.
        if (!NextToken) return { Parameters: [], NextToken: 'next' }
        const found = parameters.filter(name => Values.includes(name))
        return {
          Parameters: found.map(Name => ({
            Name,
            ARN: parameterArn(Name.replace(/^\//, '')),
            Version: 7,
            LastModifiedDate: 1_700_000_001,
          })),
        }
      },
    }),
  )
  return { clients: { secrets, ssm, clock: { now: () => 42 } }, asked }
}

const secret = {
  kind: 'secret',
  arn: secretArn,
  name: 'orders/db',
  labels: { AWSCURRENT: 'v2', blue: 'v2', AWSPREVIOUS: 'v1' },
  changedAt: 1_700_000_000_500,
}
const parameter = (name: string) => ({
  kind: 'parameter',
  arn: parameterArn(name.replace(/^\//, '')),
  name,
  labels: { LATEST: '7' },
  changedAt: 1_700_000_001_000,
})

describe('a secret', () => {
  it.each([secretArn, 'orders/db'])('is found by %s', async id => {
    const { clients } = setUp()
    expect(await describeSource(clients, id)).toEqual(secret)
    expect(await describeSource(clients, id, 'secret')).toEqual(secret)
  })

  it('is not there once it is marked for deletion', async () => {
    const { clients } = setUp({ DeletedDate: 1_700_000_002 })
    expect(await describeSource(clients, secretArn)).toBeUndefined()
  })

  it('is not there where nothing is', async () => {
    const { clients, asked } = setUp()
    expect(await describeSource(clients, `${secretArn}x`)).toBeUndefined()
    expect(await describeSource(clients, 'other', 'secret')).toBeUndefined()
    expect(asked).toEqual([`${secretArn}x`, 'other'])
  })

  it('without a version and a date has no label, and changed no later than now', async () => {
    const { clients } = setUp({ VersionIdsToStages: undefined, LastChangedDate: undefined })
    expect(await describeSource(clients, secretArn)).toMatchObject({ labels: {}, changedAt: 42 })
  })

  it('that may not be looked at is an error', async () => {
    const { clients } = setUp()
    const denied = () => {
      throw new ServiceFault('AccessDeniedException', 'denied')
    }
    const secrets = new SecretsManagerClient(inProcess({ DescribeSecret: denied }))
    await expect(describeSource({ ...clients, secrets }, 'orders/db')).rejects.toThrow('denied')
  })
})

describe('a parameter', () => {
  it.each([parameterArn('orders/db'), 'ssm:/orders/db'])('is found by %s', async id => {
    const { clients, asked } = setUp()
    expect(await describeSource(clients, id)).toEqual(parameter('/orders/db'))
    expect(asked.flat()).toContain('/orders/db')
    expect(asked.flat()).not.toContain(id)
  })

  it('is found by its name, said to be one, or where no secret has it', async () => {
    const { clients, asked } = setUp({}, ['orders/db', 'plain'])
    expect(await describeSource(clients, 'orders/db', 'parameter')).toEqual(parameter('orders/db'))
    expect(await describeSource(clients, 'orders/db')).toEqual(secret)
    expect(await describeSource(clients, 'plain')).toEqual(parameter('plain'))
    expect(asked.slice(-3)).toEqual(['plain', ['Name', 'Equals', 'plain'], ['Name', 'Equals', 'plain']])
  })

  it('is found by its ARN whether or not its name begins with a slash', async () => {
    for (const name of ['plain', '/plain']) {
      const { clients } = setUp({}, [name])
      expect(await describeSource(clients, parameterArn('plain'))).toEqual(parameter(name))
    }
  })

  it('is not there where nothing is, nor where it is in another account', async () => {
    const { clients } = setUp()
    expect(await describeSource(clients, 'ssm:/orders')).toBeUndefined()
    const foreign = parameterArn('orders/db').replace('123456789012', '210987654321')
    expect(await describeSource(clients, foreign)).toBeUndefined()
  })
})

describe('what cannot be one', () => {
  it.each([
    ['', undefined, 'an ARN or name of 1 to 2048 characters'],
    ['x'.repeat(2_049), undefined, 'an ARN or name of 1 to 2048 characters'],
    [7, undefined, 'an ARN or name of 1 to 2048 characters'],
    ['arn:aws:s3:::bucket', undefined, 'the ARN of a secret or a parameter'],
    ['arn:aws:ssm:eu-west-1:123456789012:document/x', undefined, 'the ARN of a parameter'],
    [secretArn, 'parameter', 'the ARN or name of a parameter'],
    [parameterArn('x'), 'secret', 'the ARN or name of a secret'],
    ['ssm:x', 'secret', 'the ARN or name of a secret'],
  ] as const)('is refused: %.40s as %s', async (id, kind, allowed) => {
    const { clients, asked } = setUp()
    const described = describeSource(clients, id as string, kind)
    await expect(described).rejects.toThrow(TypeError)
    await expect(described).rejects.toThrow(`allowed is ${allowed}`)
    expect(asked).toEqual([])
  })
})

it('a look-up ends with its signal', async () => {
  const { clients, asked } = setUp()
  await expect(describeSource(clients, secretArn, undefined, AbortSignal.abort())).rejects.toThrow()
  await expect(describeSource(clients, 'ssm:x', undefined, AbortSignal.abort())).rejects.toThrow()
  expect(asked).toEqual([])
})
