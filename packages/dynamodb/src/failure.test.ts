import { createServer } from 'node:net'
import { isStoreError, StoreError, type StoreErrorKind } from '@breakwater/circuit'
import { describe, expect, it } from 'vitest'
import { createCircuitTable } from './create-table.ts'
import { startDynalite } from './dynalite.fixture.ts'
import { DynamoDbStore } from './dynamodb-store.ts'
import { credentials, refuse, region, startEndpoint } from './endpoint.fixture.ts'
import { storeError } from './failure.ts'

const record = {
  state: 'OPEN',
  generation: 1,
  since: 2,
  openings: 1,
  environment: 'env-secret',
  retryAt: 3,
  reason: 'relapse',
} as const

async function failureOf(promise: Promise<unknown>): Promise<StoreError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isStoreError(error)) throw new Error(`expected a StoreError, got ${error}`)
  return error
}

describe('what DynamoDB refuses, through the real SDK client', () => {
  it.each<[string, StoreErrorKind, string, number?]>([
    [
      'ResourceNotFoundException',
      'misconfigured',
      'was refused: there is no such table; check tableName, region and account.',
    ],
    [
      'ValidationException',
      'misconfigured',
      `was refused: check that the table's partition key is "circuit" and its sort key "part", both of type S.`,
    ],
    [
      'AccessDeniedException',
      'misconfigured',
      'was refused: allow dynamodb:UpdateItem on "circuits" to the role that runs this.',
    ],
    ['UnrecognizedClientException', 'misconfigured', 'was refused: check the credentials.'],
    ['InvalidSignatureException', 'misconfigured', 'was refused: check the credentials.'],
    ['ExpiredTokenException', 'misconfigured', 'was refused: check the credentials.'],
    ['MissingAuthenticationTokenException', 'misconfigured', 'was refused: check the credentials.'],
    [
      'ProvisionedThroughputExceededException',
      'throttled',
      'was throttled: ProvisionedThroughputExceededException',
    ],
    ['ThrottlingException', 'throttled', 'was throttled: ThrottlingException'],
    ['RequestLimitExceeded', 'throttled', 'was throttled: RequestLimitExceeded'],
    ['TooMuch', 'throttled', 'was throttled: TooMuch', 429],
    ['InternalServerError', 'unavailable', 'failed: InternalServerError', 500],
    ['ServiceUnavailable', 'unavailable', 'failed: ServiceUnavailable', 503],
    ['ReplicatedWriteConflictException', 'unavailable', 'failed: ReplicatedWriteConflictException'],
  ])('%s is %s', async (type, kind, text, status) => {
    const endpoint = await startEndpoint(refuse(type, 'the server says so', status))
    const store = new DynamoDbStore({ tableName: 'circuits', clientConfig: endpoint.clientConfig })
    const error = await failureOf(store.write('payments', record, 0, 1))
    await endpoint.stop()
    const said = kind === 'misconfigured' ? ` ${type}: the server says so` : ''
    expect([error.kind, error.message]).toEqual([kind, `UpdateItem on table "circuits" ${text}${said}`])
    expect(error.cause).toBeInstanceOf(Error)
    // No retries on the call path.
    expect(endpoint.operations).toEqual(['UpdateItem'])
  })

  it('names the operation that was refused', async () => {
    const endpoint = await startEndpoint(refuse('AccessDeniedException', 'no'))
    const store = new DynamoDbStore({ tableName: 'circuits', clientConfig: endpoint.clientConfig })
    const messages = await Promise.all([
      failureOf(store.read({ circuit: 'a' })),
      failureOf(store.audits('a')),
    ])
    await endpoint.stop()
    expect(messages.map(({ message }) => /allow (\S+)/.exec(message)?.[1])).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:Query',
    ])
  })

  it('an answer that is not DynamoDB is unavailable, and its text is not quoted', async () => {
    const endpoint = await startEndpoint((_, response) => response.end('<html>proxy of env-secret</html>'))
    const store = new DynamoDbStore({ tableName: 'circuits', clientConfig: endpoint.clientConfig })
    const error = await failureOf(store.write('payments', record, 0, 1))
    await endpoint.stop()
    expect(error.kind).toBe('unavailable')
    expect(error.message).not.toContain('secret')
  })
})

describe('a misconfigured store', () => {
  it.each([
    ['other names', 'id', 'sk'],
    ['keys swapped', 'part', 'circuit'],
  ])('reports a table with %s', async (_, hash, range) => {
    const dynalite = await startDynalite()
    const { CreateTableCommand } = await import('@aws-sdk/client-dynamodb')
    const names = { TableName: 'wrong', BillingMode: 'PAY_PER_REQUEST' as const }
    await dynalite.client.send(
      new CreateTableCommand({
        ...names,
        KeySchema: [
          { AttributeName: hash, KeyType: 'HASH' },
          { AttributeName: range, KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [hash, range].map(AttributeName => ({ AttributeName, AttributeType: 'S' })),
      }),
    )
    const failure = await failureOf(createCircuitTable(dynalite.client, 'wrong'))
    expect(failure.kind).toBe('misconfigured')
    if (hash === 'id') {
      const store = new DynamoDbStore({ tableName: 'wrong', client: dynalite.client })
      const errors = await Promise.all(
        [
          store.read({ circuit: 'a' }),
          store.write('a', record, 0, 1),
          store.write('a', record, 1, 1),
          store.add('a', '1', { calls: 1, failures: 0, slow: 0, environments: 1, failing: 0 }, 1, 1),
          store.control('a', undefined, { act: 'RELEASED', by: 'b', reason: 'r', at: 1 }),
          store.audits('a'),
        ].map(failureOf),
      )
      for (const { kind, message } of errors) {
        expect(kind).toBe('misconfigured')
        expect(message).toContain('partition key is "circuit" and its sort key "part"')
      }
    }
    await dynalite.stop()
  })

  it('reports a table that is not there', async () => {
    const dynalite = await startDynalite()
    const store = new DynamoDbStore({ tableName: 'nowhere', client: dynalite.client })
    const error = await failureOf(store.read({ circuit: 'a' }))
    await dynalite.stop()
    expect([error.kind, error.message]).toEqual([
      'misconfigured',
      'BatchGetItem on table "nowhere" was refused: there is no such table; check tableName, region and ' +
        'account. ResourceNotFoundException: Requested resource not found',
    ])
  })

  it('reports a missing region and missing credentials', async () => {
    const regions = ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE', 'AWS_CONFIG_FILE']
    const before = regions.map(name => process.env[name])
    for (const name of regions) delete process.env[name]
    process.env.AWS_CONFIG_FILE = '/dev/null'
    const lost = await failureOf(
      new DynamoDbStore({ tableName: 'circuits', clientConfig: { credentials } }).read({ circuit: 'a' }),
    )
    for (const [index, name] of regions.entries()) {
      if (before[index] === undefined) delete process.env[name]
      else process.env[name] = before[index]
    }
    expect([lost.kind, lost.message]).toEqual([
      'misconfigured',
      'BatchGetItem on table "circuits" was refused: set AWS_REGION or clientConfig.region. Error: Region is missing',
    ])
    const nobody = async () => {
      throw Object.assign(new Error('Could not load credentials from any providers'), {
        name: 'CredentialsProviderError',
      })
    }
    const store = new DynamoDbStore({ tableName: 'circuits', clientConfig: { region, credentials: nobody } })
    const anonymous = await failureOf(store.read({ circuit: 'a' }))
    expect(anonymous.kind).toBe('misconfigured')
    expect(anonymous.message).toContain('check the credentials. CredentialsProviderError: Could not load')
  })
})

it('a refused connection is unavailable', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  const clientConfig = { endpoint: `http://127.0.0.1:${port}`, region, credentials }
  const error = await failureOf(new DynamoDbStore({ tableName: 'circuits', clientConfig }).audits('a'))
  expect([error.kind, error.message]).toEqual([
    'unavailable',
    'Query on table "circuits" failed: ECONNREFUSED',
  ])
})

it('whatever is thrown becomes a StoreError, and a StoreError stays what it is', () => {
  for (const thrown of [undefined, null, 'text', 7, {}, { code: 20 }, new Error('x')]) {
    expect(storeError(thrown, 'Query', 'circuits').kind).toBe('unavailable')
  }
  const missing = Object.assign(new Error("Cannot find package '@aws-sdk/client-dynamodb'"), {
    code: 'ERR_MODULE_NOT_FOUND',
  })
  expect(storeError(missing, 'Query', 'circuits').message).toContain('install @aws-sdk/client-dynamodb')
  const known = new StoreError('throttled', 'x')
  expect(storeError(known, 'Query', 'circuits')).toBe(known)
})
