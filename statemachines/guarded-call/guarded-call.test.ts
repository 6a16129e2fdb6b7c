import { TaskError } from '@breakwater/asl'
import { badInputError, circuitOpenError, guardedStateNames } from '@breakwater/workflows'
import { describe, expect, it } from 'vitest'
import { clean, lint } from '../../packages/workflows/src/linters.fixture.ts'
import {
  gateArn,
  overrides,
  type RunOptions,
  records,
  runWorkflow as runAny,
  workArn,
} from '../run-workflow.fixture.ts'
import { type GuardedCallOptions, guardedCall } from './index.ts'

const run: typeof runAny = (of, given, options) => runAny(of, given, { ...options, type: 'EXPRESS' })

const definition = guardedCall({ table: 'circuits', gate: gateArn })
const input = { circuit: 'payments', functionArn: workArn, payload: { amount: 4200 } }
const call = (options: RunOptions = {}, more: object = {}) => run(definition, { ...input, ...more }, options)

const names = guardedStateNames('Call function')
const open = ['Check input', names.check, names.decide]
const token = { generation: 7, startedAt: expect.any(Number) }

it('guarded-call passes all three linters', async () => {
  expect(await lint(definition)).toEqual(clean)
  expect(await lint(guardedCall({ table: 'circuits', gate: gateArn, circuits: ["o'hara", 'b'] }))).toEqual(
    clean,
  )
})

describe('through a healthy circuit', () => {
  it.each([
    ['new', undefined],
    ['closed', records.closed],
  ])('%s: two states more than the call itself, and no request to the gate', async (_, record) => {
    const { status, output, states, gateRequests, workRequests, circuitReads } = await call({
      circuit: [record],
    })
    expect(states).toEqual([...open, names.task])
    expect({ status, output, gateRequests, workRequests, circuitReads }).toEqual({
      status: 'SUCCEEDED',
      output: { via: 'call', result: 'done' },
      gateRequests: [],
      workRequests: [{ amount: 4200 }],
      circuitReads: 1,
    })
  })

  it('an answer of nothing, and no payload', async () => {
    const { output, workRequests } = await call({ work: () => undefined }, { payload: undefined })
    expect(output).toEqual({ via: 'call', result: null })
    expect(workRequests).toEqual([{}])
  })
})

describe('rejects after check and decide, without the call', () => {
  it.each([
    ['open', records.open, 'failure-rate', 4_000],
    ['forced open', overrides.forcedOpen, 'forced-open', 5_000],
  ] as const)('%s', async (_, found, reason, retryAfterMs) => {
    const { status, error, cause, states, gateRequests, workRequests } = await call({ circuit: [found] })
    expect({ status, error, gateRequests, workRequests }).toEqual({
      status: 'FAILED',
      error: circuitOpenError,
      gateRequests: [],
      workRequests: [],
    })
    expect(JSON.parse(cause!)).toEqual({ circuit: 'payments', reason, retryAfterMs })
    expect(states).toEqual([...open, names.rejected])
  })

  it('with the fallback of its input, even null', async () => {
    for (const fallback of [{ status: 'pending' }, null]) {
      const { status, output, states } = await call({ circuit: [records.open] }, { fallback })
      expect({ status, output }).toEqual({
        status: 'SUCCEEDED',
        output: { via: 'fallback', result: fallback, cause: 'rejected', reason: 'failure-rate' },
      })
      expect(states).toEqual([...open, 'Call function: answer instead'])
    }
  })
})

describe('lets the call through, whatever the circuit is, where', () => {
  const fails = () => {
    throw new TaskError('DynamoDb.ProvisionedThroughputExceededException', 'slow down')
  }
  it('it is forced closed', async () => {
    const { output, states } = await call({ circuit: [overrides.forcedClosed] })
    expect(output).toEqual({ via: 'call', result: 'done' })
    expect(states).toEqual([...open, names.task])
  })

  it.each([
    ['the table fails', fails],
    ['the table answers nonsense', () => ({ Responses: 7 })],
    [
      'the item is of another schema version',
      () => ({
        Responses: { circuits: [{ part: { S: 'state' }, schema: { N: '2' }, state: { S: 'OPEN' } }] },
      }),
    ],
    ['DynamoDB throttled the keys', () => ({ UnprocessedKeys: { circuits: { Keys: [{}] } } })],
  ])('%s', async (_, read) => {
    const { output, gateRequests, circuitReads } = await call({ circuit: [read] })
    expect(output).toEqual({ via: 'call', result: 'done' })
    expect({ gateRequests, circuitReads }).toEqual({ gateRequests: [], circuitReads: 1 })
  })

  it('the table hangs, after two seconds', async () => {
    const hangs = () => new Promise(() => {})
    const { output, states, startDate, stopDate } = await call({ circuit: [hangs] })
    expect(output).toEqual({ via: 'call', result: 'done' })
    expect(states).toEqual(['Check input', names.check, names.task])
    expect(Number(stopDate) - Number(startDate)).toBe(2_000)
  })
})

describe('reports to the gate', () => {
  const watched = [...open, names.watched, names.recordSuccess]

  it('a success while the circuit is suspect', async () => {
    const { output, states, gateRequests } = await call({ circuit: [records.suspect] })
    expect(output).toEqual({ via: 'call', result: 'done' })
    expect(states).toEqual(watched)
    expect(gateRequests).toEqual([{ action: 'record', circuit: 'payments', token, outcome: { ok: true } }])
  })

  it('a probe, under its permit', async () => {
    const permit = { generation: 8, startedAt: 5, lease: 'a' }
    const gate = ({ action }: { action: string }) =>
      action === 'acquire' ? { admitted: true, token: permit } : { outcome: 'success' }
    const { output, states, gateRequests } = await call({ circuit: [records.due], gate })
    expect(output).toEqual({ via: 'call', result: 'done' })
    expect(states).toEqual([...open, names.acquire, names.decide, names.watched, names.recordSuccess])
    expect(gateRequests).toEqual([
      // Three attempts of 10 s, and 1 + 2 s between them, are more than a lease lasts.
      { action: 'acquire', circuit: 'payments', timeoutMs: 33_000 },
      { action: 'record', circuit: 'payments', token: permit, outcome: { ok: true } },
    ])
  })

  it('and is refused a probe', async () => {
    const gate = () => ({ admitted: false, reason: 'half-open', retryAfterMs: 1_000 })
    const { error, cause, states, workRequests } = await call({ circuit: [records.due], gate })
    expect(error).toBe(circuitOpenError)
    expect(JSON.parse(cause!)).toEqual({ circuit: 'payments', reason: 'half-open', retryAfterMs: 1_000 })
    expect(states).toEqual([...open, names.acquire, names.decide, names.rejected])
    expect(workRequests).toEqual([])
  })

  it.each([
    ['fails', () => Promise.reject(new TaskError('Breakwater.BadRequest', 'what?'))],
    ['hangs', () => new Promise(() => {})],
    ['answers nonsense', () => 'yes'],
  ])('and changes nothing where the gate %s', async (_, gate) => {
    for (const circuit of [[records.due], [records.suspect]]) {
      const { status, output, workRequests } = await call({ circuit, gate })
      expect({ status, output }).toEqual({ status: 'SUCCEEDED', output: { via: 'call', result: 'done' } })
      expect(workRequests).toHaveLength(1)
    }
    const work = () => Promise.reject(new TaskError('Down', 'it is'))
    const { error, cause } = await call({ gate, work })
    expect({ error, cause }).toEqual({ error: 'Down', cause: 'it is' })
  })
})

describe('a call that fails', () => {
  const down = () => {
    throw new TaskError('ProviderDown', '{"errorType":"ProviderDown"}')
  }

  it('is recorded, and fails the execution with its own error and cause', async () => {
    const { status, error, cause, states, gateRequests } = await call({
      circuit: [records.closed],
      work: down,
    })
    expect({ status, error, cause }).toEqual({
      status: 'FAILED',
      error: 'ProviderDown',
      cause: '{"errorType":"ProviderDown"}',
    })
    expect(states).toEqual([...open, names.task, names.recordFailure, names.fallBack, names.failed])
    const outcome = { ok: false, error: 'ProviderDown', cause: '{"errorType":"ProviderDown"}' }
    expect(gateRequests).toEqual([{ action: 'record', circuit: 'payments', token, outcome }])
  })

  it('is recorded, and answered by the fallback', async () => {
    const { output, gateRequests } = await call({ work: down }, { fallback: { status: 'pending' } })
    expect(output).toEqual({
      via: 'fallback',
      result: { status: 'pending' },
      cause: 'failed',
      reason: 'ProviderDown',
    })
    expect(gateRequests).toHaveLength(1)
  })

  it('is made again where Lambda throttles it', async () => {
    let attempts = 0
    const work = () => {
      if (++attempts < 3) throw new TaskError('Lambda.TooManyRequestsException', 'Rate exceeded')
      return 'at last'
    }
    const { output, gateRequests, states } = await call({ work })
    expect(output).toEqual({ via: 'call', result: 'at last' })
    expect({ attempts, gateRequests }).toEqual({ attempts: 3, gateRequests: [] })
    expect(states).toEqual([...open, names.task])
  })

  it.each([
    [undefined, 10_000],
    [3, 3_000],
  ])('ends after timeoutSeconds: %s', async (timeoutSeconds, ms) => {
    const { error, gateRequests, startDate, stopDate } = await call(
      { work: () => new Promise(() => {}) },
      { timeoutSeconds },
    )
    expect(error).toBe('States.Timeout')
    expect(gateRequests).toMatchObject([{ outcome: { ok: false, error: 'States.Timeout' } }])
    expect(Number(stopDate) - Number(startDate)).toBe(ms)
  })

  it('ends with the execution, which takes 28 s at the most', async () => {
    const { status, startDate, stopDate } = await call(
      { work: () => new Promise(() => {}) },
      { timeoutSeconds: 60 },
    )
    expect(status).toBe('TIMED_OUT')
    expect(Number(stopDate) - Number(startDate)).toBe(28_000)
  })
})

describe('calls an HTTP endpoint', () => {
  const connectionArn = 'arn:aws:events:eu-west-1:123456789012:connection/provider/11111111-2222'
  const http = { apiEndpoint: 'https://api.example.com/charges', method: 'POST', connectionArn }
  const resource = 'arn:aws:states:::http:invoke'
  const endpoint = guardedStateNames('Call endpoint')
  const send = (handler: (request: unknown) => unknown, more: object = {}) =>
    run(definition, { circuit: 'payments', http: { ...http, ...more } }, { tasks: { [resource]: handler } })

  it('with the fields of the input, and nothing else', async () => {
    const requests: unknown[] = []
    const answer = (request: unknown) => {
      requests.push(request)
      return { StatusCode: 201, StatusText: 'Created', Headers: {}, ResponseBody: { id: 'c-1' } }
    }
    const { output, states } = await send(answer)
    await send(answer, { body: { amount: 1 }, headers: { 'X-Id': '1' }, queryParameters: { dry: 'yes' } })
    expect(output).toEqual({ via: 'call', result: { status: 201, body: { id: 'c-1' } } })
    expect(states).toEqual(['Check input', endpoint.check, endpoint.decide, endpoint.task])
    const plain = {
      ApiEndpoint: http.apiEndpoint,
      Method: 'POST',
      Authentication: { ConnectionArn: connectionArn },
    }
    expect(requests).toEqual([
      plain,
      { ...plain, RequestBody: { amount: 1 }, Headers: { 'X-Id': '1' }, QueryParameters: { dry: 'yes' } },
    ])
  })

  it('again after transient errors, and fails with the last one', async () => {
    let attempts = 0
    const { error, gateRequests } = await send(() => {
      attempts++
      throw new TaskError('States.Http.StatusCode.503', 'Service Unavailable')
    })
    expect({ attempts, error }).toEqual({ attempts: 3, error: 'States.Http.StatusCode.503' })
    expect(gateRequests).toMatchObject([{ outcome: { error: 'States.Http.StatusCode.503' } }])
  })

  it.each([
    ['http', 'https://api.example.com', 'an object'],
    ['http.verb', { ...http, verb: 'GET' }, 'http.apiEndpoint, http.method'],
    ['http.apiEndpoint', { ...http, apiEndpoint: 'http://api.example.com' }, 'an https URL'],
    ['http.apiEndpoint', { ...http, apiEndpoint: undefined }, 'an https URL'],
    ['http.method', { ...http, method: 'get' }, 'GET, POST'],
    ['http.method', { ...http, method: undefined }, 'GET, POST'],
    ['http.connectionArn', { ...http, connectionArn: workArn }, 'the ARN of an EventBridge connection'],
    ['http.headers', { ...http, headers: ['a'] }, 'an object'],
    ['http.queryParameters', { ...http, queryParameters: 'a=b' }, 'an object'],
  ])('and refuses bad input: %s of %j', async (field, given, allowed) => {
    await expectBadInput({ circuit: 'payments', http: given }, field, allowed)
  })
})

async function expectBadInput(given: unknown, field: string, allowed: string, of = definition) {
  const { status, error, cause, states, workRequests, circuitReads } = await run(of, given)
  expect({ status, error, states, workRequests, circuitReads }).toEqual({
    status: 'FAILED',
    error: badInputError,
    states: ['Check input', 'Bad input'],
    workRequests: [],
    circuitReads: 0,
  })
  expect(JSON.parse(cause!)).toEqual({
    field,
    message: expect.stringContaining(`${field}: allowed is ${allowed}`),
  })
}

describe('refuses bad input, and names the field', () => {
  it.each([
    ['input', 'payments', 'an object'],
    ['input', [input], 'an object'],
    ['input', null, 'an object'],
    ['retries', { ...input, retries: 3 }, 'circuit, functionArn, payload, http, fallback, timeoutSeconds'],
    ['circuit', { ...input, circuit: undefined }, 'a text of 1 to 256 characters'],
    ['circuit', { ...input, circuit: '' }, 'a text'],
    ['circuit', { ...input, circuit: 7 }, 'a text'],
    ['circuit', { ...input, circuit: 'x'.repeat(257) }, 'a text'],
    ['functionArn', { circuit: 'payments' }, 'the ARN of a Lambda function, or http in its place'],
    ['functionArn', { ...input, http: {} }, 'the ARN of a Lambda function, or http in its place'],
    ['functionArn', { ...input, functionArn: 'work' }, 'the ARN of a Lambda function'],
    ['functionArn', { ...input, functionArn: 7 }, 'the ARN of a Lambda function'],
    ['timeoutSeconds', { ...input, timeoutSeconds: 0 }, 'a whole number from 1 to 300'],
    ['timeoutSeconds', { ...input, timeoutSeconds: 1.5 }, 'a whole number from 1 to 300'],
    ['timeoutSeconds', { ...input, timeoutSeconds: 301 }, 'a whole number from 1 to 300'],
    ['timeoutSeconds', { ...input, timeoutSeconds: '5' }, 'a whole number from 1 to 300'],
  ])('%s: %j', (field, given, allowed) => expectBadInput(given, field, allowed))

  it('a circuit that is not in the list', async () => {
    const some = guardedCall({ table: 'circuits', gate: gateArn, circuits: ["o'hara", 'payments'] })
    await expectBadInput({ ...input, circuit: 'payment' }, 'circuit', "o'hara, payments", some)
    for (const circuit of ["o'hara", 'payments']) {
      expect(await run(some, { ...input, circuit })).toMatchObject({ status: 'SUCCEEDED' })
    }
  })

  it('accepts a version or an alias of a function', async () => {
    const alias = `${workArn}:live`
    const { output } = await run(
      definition,
      { ...input, functionArn: alias },
      { tasks: { [alias]: () => 'live' } },
    )
    expect(output).toEqual({ via: 'call', result: 'live' })
  })
})

it.each([
  [{ gate: '' }, /^guardedCall: gate: /],
  [{ table: undefined }, /^guardedCall: table: /],
  [
    { timeoutSeconds: 301 },
    /^guardedCall: timeoutSeconds: got 301; allowed is a whole number from 1 to 300$/,
  ],
  [{ circuits: [] }, /^guardedCall: circuits: got an array; allowed is a list of at least 1 of names$/],
  [{ timeout: 5 }, /^guardedCall: option: got "timeout"; allowed is table, gate, circuits, /],
  [{ policy: { probes: 0 } }, /^guardedTask: policy: probes: /],
])('guarded-call refuses bad options: %j', (options, message) => {
  const make = () => guardedCall({ table: 'circuits', gate: gateArn, ...options } as GuardedCallOptions)
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
})
