import {
  DescribeTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  paginateListTables,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { SQSClient } from '@aws-sdk/client-sqs'
import { type CircuitEvent, Circuits, isCircuitOpenError } from '@breakwater/circuit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type AwsEndpoint,
  awsError,
  circuitOf,
  configOf,
  ok,
  openCircuit,
  startAwsEndpoint,
} from './aws-endpoint.fixture.ts'
import { guardClient } from './client.ts'

let aws: AwsEndpoint
beforeEach(async () => {
  aws = await startAwsEndpoint()
})
afterEach(() => aws.close())

const getItem = () => new GetItemCommand({ TableName: 't', Key: { id: { S: '1' } } })
const dynamoOf = (maxAttempts = 1, extra: DynamoDBClientConfig = {}) =>
  new DynamoDBClient({ ...configOf(aws.endpoint, maxAttempts), ...extra })
const s3Of = () => new S3Client({ ...configOf(aws.endpoint), forcePathStyle: true })
const down = awsError('InternalServerError', 500)
const item = { Item: { id: { S: '1' } } }

/** Makes every request of a client fail right before it would be sent. */
function breakSigning({ middlewareStack }: DynamoDBClient): Error {
  const error = new Error('not signed')
  middlewareStack.add(() => () => Promise.reject(error), { step: 'finalizeRequest', priority: 'low' })
  return error
}

describe('the circuit of a command', () => {
  /** Names of the circuits that were used, in order. */
  function keyed() {
    const used: string[] = []
    const circuits = new Circuits()
    circuits.on((event: CircuitEvent) => event.type === 'call' && used.push(event.circuit))
    return { circuits, used }
  }

  it("is its service's by default", async () => {
    const { circuits, used } = keyed()
    const client = dynamoOf()
    expect(guardClient(client, circuits)).toBe(client)
    await client.send(getItem())
    await guardClient(s3Of(), circuits).send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x' }))
    expect(used).toEqual(['DynamoDB', 'S3'])
  })

  it('is one for each operation where asked for', async () => {
    const { circuits, used } = keyed()
    const client = guardClient(dynamoOf(), circuits, { per: 'operation' })
    await client.send(getItem())
    await client.send(new ListTablesCommand({}))
    expect(used).toEqual(['DynamoDB.GetItem', 'DynamoDB.ListTables'])
  })

  it('is found by key, and a call without a key is left alone', async () => {
    const { circuits, used } = keyed()
    const client = guardClient(dynamoOf(), circuits, {
      key: ({ service, operation, input }) =>
        operation === 'GetItem' ? `${service}/${input.TableName}` : undefined,
    })
    await client.send(getItem())
    await client.send(new ListTablesCommand({}))
    expect(used).toEqual(['DynamoDB/t'])
    expect(aws.requests).toEqual(['GetItem', 'ListTables'])
  })

  it('may be one for all, of which key may spare some', async () => {
    const { circuit, outcomes } = circuitOf()
    const client = guardClient(dynamoOf(), circuit, {
      key: ({ operation }) => (operation === 'GetItem' ? 'any' : undefined),
    })
    await client.send(getItem())
    await client.send(new ListTablesCommand({}))
    expect(outcomes()).toEqual(['success'])
  })
})

describe.each(['outcome', 'attempts'] as const)('a guard that counts by %s', count => {
  it('rejects while the circuit is open, and sends nothing', async () => {
    const { circuit, events } = await openCircuit()
    const client = guardClient(dynamoOf(3), circuit, { count })
    await expect(client.send(getItem())).rejects.toSatisfy(isCircuitOpenError)
    expect(events.map(({ type }) => type)).toEqual(['rejection'])
    expect(aws.requests).toEqual([])
  })

  it('sees the exceptions that the SDK parses', async () => {
    const { circuit, outcomes } = circuitOf()
    const client = guardClient(dynamoOf(), circuit, { count })
    for (const name of ['ResourceNotFoundException', 'ThrottlingException']) {
      aws.answers(awsError(name))
      await expect(client.send(getItem())).rejects.toThrow(expect.objectContaining({ name }))
    }
    expect(outcomes()).toEqual(['success', 'failure'])
  })

  it('gives the circuit the output to judge', async () => {
    const classify = vi.fn(() => 'success' as const)
    const { circuit } = circuitOf({ classify })
    aws.answers(ok(item))
    const output = await guardClient(dynamoOf(), circuit, { count }).send(getItem())
    expect(output.Item).toEqual(item.Item)
    expect(output.$metadata).toMatchObject({ httpStatusCode: 200, attempts: 1 })
    expect(classify.mock.calls).toEqual([[{ ok: true, value: output }]])
  })

  it('ignores what was thrown before a request was sent, whatever classify says', async () => {
    const { circuit, outcomes } = circuitOf({ classify: ({ ok }) => (ok ? 'success' : 'failure') })
    const fallback = vi.fn(() => ({}))
    const client = guardClient(dynamoOf(3), circuit, { count, fallback })
    const error = breakSigning(client)
    await expect(client.send(getItem())).rejects.toBe(error)
    expect(outcomes()).toEqual(['ignored'])
    expect(fallback).not.toHaveBeenCalled()
    expect(aws.requests).toEqual([])
  })

  it('counts neither missing credentials nor bad input', async () => {
    const { circuit, outcomes } = circuitOf()
    const error = Object.assign(new Error('none found'), { name: 'CredentialsProviderError' })
    const poor = guardClient(dynamoOf(3, { credentials: () => Promise.reject(error) }), circuit, { count })
    await expect(poor.send(getItem())).rejects.toBe(error)
    const s3 = guardClient(s3Of(), circuit, { count })
    await expect(s3.send(new GetObjectCommand({ Bucket: '', Key: 'k' }))).rejects.toThrow('Bucket')
    // The SDK finds both out before its retries begin.
    expect(outcomes()).toEqual(count === 'outcome' ? ['ignored', 'ignored'] : [])
    expect(aws.requests).toEqual([])
  })

  it('gives the lease of a probe back that was never sent', async () => {
    const { circuit, clock, outcomes } = circuitOf({ consecutiveFailures: 1, probes: 1, recoveryMs: 0 })
    const client = guardClient(dynamoOf(), circuit, { count })
    aws.answers(down)
    await expect(client.send(getItem())).rejects.toThrow('InternalServerError')
    clock.freeze(60_000)
    const broken = guardClient(dynamoOf(), circuit, { count })
    breakSigning(broken)
    await expect(broken.send(getItem())).rejects.toThrow('not signed')
    await client.send(getItem())
    expect(outcomes()).toEqual(['failure', 'ignored', 'success'])
    expect(circuit.status().state).toBe('CLOSED')
  })

  it('an error whose name throws was replaced by what that threw', async () => {
    const { circuit, outcomes } = circuitOf()
    const client = guardClient(dynamoOf(), circuit, { count, fallback: error => Promise.reject(error) })
    const get = () => {
      throw new Error('not to be read')
    }
    const error = Object.defineProperty(new Error('mine'), 'name', { get })
    const throwing = (next: (args: object) => Promise<object>) => async (args: object) => {
      await next(args)
      throw error
    }
    const step = count === 'outcome' ? 'initialize' : 'finalizeRequest'
    client.middlewareStack.add(throwing as never, { step, priority: 'low' } as never)
    const thrown: unknown = await client.send(getItem()).catch(reason => reason)
    // Outside of the attempts the SDK itself reads the name.
    if (count === 'outcome') expect(thrown === error).toBe(true)
    else expect(thrown).toMatchObject({ message: 'not to be read' })
    expect(outcomes()).toEqual(['failure'])
  })

  it('counts a connection that breaks', async () => {
    const { circuit, outcomes } = circuitOf()
    aws.answers('reset')
    await expect(guardClient(dynamoOf(), circuit, { count }).send(getItem())).rejects.toThrow('ECONNRESET')
    expect(outcomes()).toEqual(['failure'])
  })

  it('guards clients that cache their middleware', async () => {
    const { circuit, outcomes } = circuitOf()
    const client = guardClient(dynamoOf(3, { cacheMiddleware: true }), circuit, { count })
    aws.answers(ok(item), ok(item))
    const outputs = await Promise.all([client.send(getItem()), client.send(getItem())])
    expect(outputs.map(({ Item }) => Item)).toEqual([item.Item, item.Item])
    expect(outcomes()).toEqual(['success', 'success'])
  })

  it('can be taken off by its name', async () => {
    const { circuit, outcomes } = await openCircuit()
    const client = guardClient(dynamoOf(), circuit, { count, fallback: () => ({}) })
    expect(client.middlewareStack.remove('breakwater')).toBe(true)
    aws.answers(ok(item))
    expect((await client.send(getItem())).Item).toEqual(item.Item)
    expect(outcomes()).toEqual([])
    guardClient(client, circuit, { count, fallback: () => ({ Item: {} }) })
    expect((await client.send(getItem())).Item).toEqual({})
  })
})

describe('the retries of the SDK', () => {
  it('are one outcome', async () => {
    const { circuit, outcomes } = circuitOf()
    aws.answers(down, down, ok(item))
    const output = await guardClient(dynamoOf(3), circuit).send(getItem())
    expect(output.$metadata.attempts).toBe(3)
    expect(outcomes()).toEqual(['success'])
  })

  it('count one by one where attempts do', async () => {
    const { circuit, outcomes } = circuitOf()
    aws.answers(down, down, ok(item))
    const output = await guardClient(dynamoOf(3), circuit, { count: 'attempts' }).send(getItem())
    expect(output.$metadata.attempts).toBe(3)
    expect(outcomes()).toEqual(['failure', 'failure', 'success'])
  })

  it('end with the rejection of an attempt', async () => {
    const { circuit, events } = circuitOf({ consecutiveFailures: 2 })
    aws.answers(down, down)
    const client = guardClient(dynamoOf(5), circuit, { count: 'attempts' })
    await expect(client.send(getItem())).rejects.toSatisfy(isCircuitOpenError)
    expect(aws.requests).toHaveLength(2)
    expect(events.filter(({ type }) => type === 'rejection')).toHaveLength(1)
  })
})

describe('a fallback', () => {
  it.each(['outcome', 'attempts'] as const)('answers a rejection, counting by %s', async count => {
    // A rejection is no answer of the service, so classify has no say in it.
    const { circuit } = await openCircuit(() => 'ignored')
    const fallback = vi.fn(async () => item)
    const client = guardClient(dynamoOf(3), circuit, { count, fallback })
    expect(await client.send(getItem())).toEqual({ ...item, $metadata: {} })
    expect(fallback.mock.calls).toEqual([
      [
        expect.toSatisfy(isCircuitOpenError),
        {
          service: 'DynamoDB',
          operation: 'GetItem',
          input: getItem().input,
          circuit: 'aws',
          cause: 'rejected',
        },
      ],
    ])
    expect(aws.requests).toEqual([])
  })

  it.each(['outcome', 'attempts'] as const)('answers once the SDK gave up, counting by %s', async count => {
    const { circuit } = circuitOf()
    const fallback = vi.fn(() => ({ ...item, $metadata: { requestId: 'cached' } }))
    aws.answers(down, down, down)
    const output = await guardClient(dynamoOf(3), circuit, { count, fallback }).send(getItem())
    expect(output).toEqual({ ...item, $metadata: { requestId: 'cached' } })
    expect(aws.requests).toHaveLength(3)
    expect(fallback.mock.calls).toEqual([
      [
        expect.objectContaining({ name: 'InternalServerError' }),
        expect.objectContaining({ cause: 'failed' }),
      ],
    ])
  })

  it.each(['outcome', 'attempts'] as const)(
    'is not asked about what is no failure, counting by %s',
    async count => {
      const { circuit } = circuitOf()
      const fallback = vi.fn(() => item)
      aws.answers(awsError('ConditionalCheckFailedException'))
      const put = new PutItemCommand({ TableName: 't', Item: {} })
      const sending = guardClient(dynamoOf(), circuit, { count, fallback }).send(put)
      await expect(sending).rejects.toThrow('ConditionalCheckFailed')
      expect(fallback).not.toHaveBeenCalled()
    },
  )

  it.each(['outcome', 'attempts'] as const)('may throw, counting by %s', async count => {
    const { circuit } = await openCircuit()
    const client = guardClient(dynamoOf(), circuit, {
      count,
      fallback: () => Promise.reject(new Error('nothing cached')),
    })
    await expect(client.send(getItem())).rejects.toThrow('nothing cached')
  })
})

describe('what the SDK builds on commands', () => {
  it('streams', async () => {
    const { circuit, clock, outcomes } = circuitOf()
    const client = guardClient(s3Of(), circuit, { timeoutMs: 100 })
    aws.answers({ status: 200, body: 'a stream', headers: { 'content-type': 'text/plain' } })
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))
    await clock.advance(1_000)
    expect(await Body?.transformToString()).toBe('a stream')
    expect(outcomes()).toEqual(['success'])
    expect(clock.pending).toBe(0)
  })

  it('paginates', async () => {
    const { circuit, outcomes } = circuitOf()
    const client = guardClient(dynamoOf(), circuit)
    aws.answers(ok({ TableNames: ['a'], LastEvaluatedTableName: 'a' }), ok({ TableNames: ['b'] }))
    const names: string[] = []
    for await (const page of paginateListTables({ client }, {})) names.push(...(page.TableNames ?? []))
    expect(names).toEqual(['a', 'b'])
    expect(outcomes()).toEqual(['success', 'success'])
  })

  it('waits', async () => {
    const { circuit, outcomes } = circuitOf()
    const client = guardClient(dynamoOf(), circuit)
    aws.answers(awsError('ResourceNotFoundException'), ok({ Table: { TableStatus: 'ACTIVE' } }))
    const waiting = { client, maxWaitTime: 60, minDelay: 0.001, maxDelay: 0.001 }
    expect(await waitUntilTableExists(waiting, { TableName: 't' })).toMatchObject({ state: 'SUCCESS' })
    expect(outcomes()).toEqual(['success', 'success'])
  })

  it('calls back', async () => {
    const { circuit } = await openCircuit()
    const client = guardClient(dynamoOf(), circuit)
    const rejected = new Promise(resolve => client.send(getItem(), error => resolve(error)))
    expect(await rejected).toSatisfy(isCircuitOpenError)
  })
})

describe('a second guard', () => {
  it.each(['outcome', 'attempts'] as const)('of the same name is refused, counting by %s', count => {
    const { circuit } = circuitOf()
    const client = guardClient(dynamoOf(), circuit)
    expect(() => guardClient(client, circuit, { count })).toThrow(
      'guardClient: name: got "breakwater"; allowed is one that is free: middlewareStack.remove("breakwater") takes a guard off',
    )
  })

  it('has a name of its own, and a rejection of the inner one says nothing to the outer one', async () => {
    const outer = circuitOf()
    const inner = await openCircuit()
    const client = guardClient(dynamoOf(), outer.circuit)
    guardClient(client, inner.circuit, { name: 'inner' })
    await expect(client.send(new DescribeTableCommand({ TableName: 't' }))).rejects.toSatisfy(
      isCircuitOpenError,
    )
    expect(outer.outcomes()).toEqual(['ignored'])
  })
})

describe('what is refused', () => {
  const client = new SQSClient({ region: 'eu-west-1' })
  const circuits = new Circuits()
  const { circuit } = circuitOf()

  it.each([
    [
      { counts: 'attempts' },
      'option: got "counts"; allowed is count, per, key, timeoutMs, fallback, outputRules, name',
    ],
    [{ count: 'calls' }, 'count: got "calls"; allowed is outcome, attempts'],
    [{ per: 'region' }, 'per: got "region"; allowed is service, operation'],
    [{ per: 'service', key: () => 'a' }, 'per: got "service"; allowed is nothing beside'],
    [{ key: 'a' }, 'key: got "a"; allowed is a function'],
    [{ fallback: {} }, 'fallback: got an object; allowed is a function'],
    [{ timeoutMs: 0 }, 'timeoutMs: got 0; allowed is a number above 0'],
    [{ name: '' }, 'name: got ""; allowed is a text'],
  ])('%j', (options, message) => {
    expect(() => guardClient(client, circuits, options as never)).toThrow(`guardClient: ${message}`)
    expect(() => guardClient(client, circuits, options as never)).toThrow(TypeError)
  })

  it('what is no client, no circuit, or per for a single circuit', () => {
    expect(() => guardClient({} as never, circuits)).toThrow('guardClient: client: got an object; allowed is')
    expect(() => guardClient(client, {} as never)).toThrow('guardClient: circuits: got an object; allowed is')
    expect(() => guardClient(client, circuit, { per: 'operation' })).toThrow(
      'guardClient: per: got "operation"',
    )
  })

  it('leaves the client as it was', () => {
    expect(client.middlewareStack.identify().filter(line => line.includes('breakwater'))).toEqual([])
  })
})
