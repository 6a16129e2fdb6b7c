import { createServer } from 'node:net'
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { Circuit, isStoreError, StoreError, type StoreErrorKind } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createCircuitTable } from './create-table.ts'
import { startDynalite } from './dynalite.fixture.ts'
import { DynamoDbStore } from './dynamodb-store.ts'
import { accept, credentials, refuse, region, startEndpoint } from './endpoint.fixture.ts'
import { type Circumstances, knownFailures, storeError } from './failure.ts'
import { recorder } from './recorder.fixture.ts'

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
    const said =
      kind === 'misconfigured' ? ` ${type}${text.includes('credentials') ? '' : ': the server says so'}` : ''
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
      'BatchGetItem on table "circuits" failed: set AWS_REGION or clientConfig.region. Error: Region is missing',
    ])
    const none = async () => {
      throw Object.assign(new Error('Could not load credentials from any providers'), {
        name: 'CredentialsProviderError',
      })
    }
    const store = new DynamoDbStore({ tableName: 'circuits', clientConfig: { region, credentials: none } })
    const anonymous = await failureOf(store.read({ circuit: 'a' }))
    expect(anonymous.kind).toBe('misconfigured')
    expect(anonymous.message).toBe(
      'Getting credentials for BatchGetItem on table "circuits" failed: check the credentials, or what provides them. ' +
        'CredentialsProviderError',
    )
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

describe('each kind of failure', () => {
  const named = (name: string, more: object = {}) => Object.assign(new Error('x'), { name, ...more })
  const coded = (code: string) => Object.assign(new Error('x'), { code })
  const neverWorked = { neverWorked: true }
  const cases: readonly [unknown, StoreErrorKind, Circumstances?][] = [
    [named('TimeoutError'), 'timeout'],
    [named('AbortError'), 'timeout'],
    [coded('ETIMEDOUT'), 'timeout'],
    [new TypeError('fetch failed', { cause: coded('ETIMEDOUT') }), 'timeout'],
    [named('LimitExceededException'), 'throttled'],
    [named('TooManyRequestsException'), 'throttled'],
    [named('TableNotFoundException'), 'misconfigured'],
    [named('ValidationException', { message: 'An operand has an incorrect data type' }), 'unknown-schema'],
    [named('ValidationException'), 'misconfigured'],
    [named('AccessDeniedException'), 'misconfigured'],
    [named('UnrecognizedClientException'), 'misconfigured'],
    [named('SignatureDoesNotMatch'), 'misconfigured'],
    [named('InvalidSignatureException', { $metadata: { clockSkewCorrected: true } }), 'unavailable'],
    [named('ExpiredToken'), 'misconfigured'],
    [named('CredentialsProviderError'), 'misconfigured'],
    [new Error('Region is missing'), 'misconfigured'],
    [new Error('Region not accepted: region="eu west"'), 'misconfigured'],
    [coded('MODULE_NOT_FOUND'), 'misconfigured'],
    [coded('ERR_INVALID_URL'), 'misconfigured'],
    [named('EndpointError'), 'misconfigured'],
    [named('UnknownOperationException'), 'misconfigured'],
    [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'misconfigured'],
    [coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'misconfigured'],
    [coded('ENOTFOUND'), 'unavailable'],
    [coded('ENOTFOUND'), 'misconfigured', neverWorked],
    [coded('EPROTO'), 'unavailable'],
    [coded('EPROTO'), 'misconfigured', neverWorked],
    [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'misconfigured', neverWorked],
    [coded('HPE_INVALID_CONSTANT'), 'misconfigured', neverWorked],
    [coded('EAI_AGAIN'), 'unavailable', neverWorked],
    [coded('ECONNREFUSED'), 'unavailable', neverWorked],
    [coded('EHOSTUNREACH'), 'unavailable', neverWorked],
    [named('InternalServerError'), 'unavailable', neverWorked],
    [named('TransactionConflictException'), 'unavailable', neverWorked],
    [named('SomethingNew', { $metadata: { httpStatusCode: 503 } }), 'unavailable'],
    [named('SomethingNew'), 'unavailable', neverWorked],
  ]

  it.each(cases)('%s is %s', (error, kind, circumstances) => {
    expect(storeError(error, 'GetItem', 'circuits', circumstances).kind).toBe(kind)
  })

  it('has a case', () => {
    for (const { label = /./, message = /./ } of knownFailures('GetItem', 'circuits')) {
      const isThis = (error: unknown) => {
        const { name, code = name, message: text, cause } = error as Error & { code?: string }
        return message.test(text) && (label.test(code) || (cause !== undefined && label.test(`${cause}`)))
      }
      expect(
        cases.filter(([error]) => isThis(error)),
        `${label} ${message}`,
      ).not.toEqual([])
    }
  })
})

describe('what provides credentials and throws was "failed: Error"', () => {
  const secret = 'hvs.CAESIJ-secret'
  const provider = (thrown: unknown) => async () => {
    throw thrown
  }
  const getting = 'Getting credentials for BatchGetItem on table "circuits"'
  const check = 'failed: check the credentials, or what provides them.'
  it.each<[string, unknown, StoreErrorKind, string]>([
    ['an error of its own', new Error(`vault refused ${secret}`), 'misconfigured', `${check} Error`],
    ['no error', secret, 'misconfigured', `${check} unknown error`],
    [
      'an error with a cause',
      new Error(secret, { cause: new TypeError(secret) }),
      'misconfigured',
      `${check} Error: TypeError`,
    ],
    [
      'a refusal of another service',
      Object.assign(new Error(secret), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }),
      'misconfigured',
      `${check} AccessDenied`,
    ],
    [
      'the throttling of another service',
      Object.assign(new Error(secret), { name: 'Throttling', $metadata: { httpStatusCode: 400 } }),
      'throttled',
      'was throttled: Throttling',
    ],
    [
      'an error of a socket',
      Object.assign(new Error(secret), { code: 'ECONNREFUSED' }),
      'unavailable',
      'failed: ECONNREFUSED',
    ],
    [
      'a name that is not found',
      Object.assign(new Error(secret), { code: 'ENOTFOUND' }),
      'unavailable',
      'failed: ENOTFOUND',
    ],
    [
      'a limit of its own',
      Object.assign(new Error(secret), { name: 'TimeoutError' }),
      'timeout',
      'timed out: TimeoutError',
    ],
  ])('%s', async (_, thrown, kind, text) => {
    for (const injected of [false, true]) {
      const clientConfig = { region, credentials: provider(thrown) }
      const store = new DynamoDbStore({
        tableName: 'circuits',
        ...(injected ? { client: new DynamoDBClient(clientConfig) } : { clientConfig }),
      })
      const error = await failureOf(store.read({ circuit: 'a' }))
      expect([error.kind, error.message, error.cause]).toEqual([kind, `${getting} ${text}`, thrown])
    }
  })

  it('credentials that are none, or that never come', async () => {
    const clientConfig = { region, credentials: async () => ({}) as never }
    const empty = await failureOf(
      new DynamoDbStore({ tableName: 'circuits', clientConfig }).read({ circuit: 'a' }),
    )
    expect([empty.kind, empty.message]).toEqual(['misconfigured', `${getting} ${check} Error`])
    const clock = new VirtualClock()
    const hanging = new DynamoDbStore({
      tableName: 'circuits',
      clock,
      clientConfig: { region, credentials: () => new Promise<never>(() => {}) },
    })
    await hanging.warm()
    const failing = failureOf(hanging.read({ circuit: 'a' }))
    while (clock.pending === 0) await new Promise(setImmediate)
    await clock.advance(1_000)
    expect(await failing).toMatchObject({ kind: 'timeout', message: `${getting} timed out: TimeoutError` })
  })
})

it('an access key, or a token in a canonical request, is never quoted', async () => {
  const message = 'The signature does not match.\n\nx-amz-security-token:IQoJsecret'
  const error = Object.assign(new Error(message), { $metadata: { httpStatusCode: 400 } })
  for (const name of ['InvalidSignatureException', 'AccessDeniedException'])
    expect(storeError(Object.assign(error, { name }), 'Query', 'circuits').message).not.toContain('secret')
})

describe('an endpoint that cannot work never reached standard error', () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {})
  afterEach(() => said.mockClear())

  const notFound = async () => {
    throw Object.assign(new Error('getaddrinfo ENOTFOUND nowhere.invalid'), { code: 'ENOTFOUND' })
  }
  it.each<[string, (port: string) => DynamoDBClientConfig, string, RegExp]>([
    [
      'no URL',
      () => ({ endpoint: 'nonsense' }),
      'misconfigured',
      /failed: check the endpoint\. ERR_INVALID_URL/,
    ],
    [
      'https where http is spoken',
      port => ({ endpoint: `https://127.0.0.1:${port}` }),
      'unavailable',
      /failed: the other side speaks another protocol; check http or https in the endpoint\. E/,
    ],
    [
      'a host that there is none of',
      () => ({ endpoint: 'http://nowhere.invalid', requestHandler: { handle: notFound } }),
      'unavailable',
      /failed: there is no such host; check region and endpoint\. ENOTFOUND/,
    ],
  ])('%s', async (_, config, firstKind, text) => {
    const server = await startEndpoint(accept({}))
    const { port } = new URL(server.clientConfig.endpoint)
    const clock = new VirtualClock()
    const clientConfig = { ...server.clientConfig, ...config(port) }
    const store = new DynamoDbStore({ tableName: 'circuits', clock, clientConfig })
    const circuit = new Circuit('payments', { store, clock })
    const kinds: string[] = []
    circuit.on(event => event.type === 'store-failure' && kinds.push(event.kind))
    await store.warm()
    for (let minute = 0; minute < 3; minute++) {
      await circuit.refresh()
      await clock.advance(60_000)
    }
    await server.stop()
    store.close()
    expect(kinds[0]).toBe(firstKind)
    expect(kinds.at(-1)).toBe('misconfigured')
    expect(said).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(text))
  })

  it('but an outage of the name service, after requests were answered, is unavailable for as long as it lasts', async () => {
    const clock = new VirtualClock()
    let answers = 1
    const { client } = recorder(undefined, () => {
      if (answers-- > 0) return { Responses: { circuits: [] } }
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
    })
    const store = new DynamoDbStore({ tableName: 'circuits', clock, client })
    await store.read({ circuit: 'a' })
    for (let minute = 0; minute < 3; minute++) {
      expect((await failureOf(store.read({ circuit: 'a' }))).kind).toBe('unavailable')
      await clock.advance(60_000)
    }
  })
})
