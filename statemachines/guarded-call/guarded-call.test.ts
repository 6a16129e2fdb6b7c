import { TaskError } from '@breakwater/asl'
import {
  badInputError,
  type CallTarget,
  circuitOpenError,
  type EndpointTarget,
  guardedStateNames,
} from '@breakwater/workflows'
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

const work = { functionArn: workArn, circuit: 'payments' } as const
const define = (more: Partial<CallTarget> = {}, options: Partial<GuardedCallOptions> = {}) =>
  guardedCall({
    table: 'circuits',
    gate: gateArn,
    targets: {
      charge: ('url' in more ? more : { ...work, ...more }) as CallTarget,
      other: { ...work, circuit: 'stock' },
    },
    ...options,
  })
const definition = define()
const input = { target: 'charge', payload: { amount: 4200 } }
const call = (options: RunOptions = {}, more: Partial<CallTarget> = {}) => run(define(more), input, options)

const names = guardedStateNames('Call charge')
const open = ['Check input', names.check, names.decide]
const token = { generation: 7, startedAt: expect.any(Number) }

it('guarded-call passes all three linters', async () => {
  expect(await lint(definition)).toEqual(clean)
  const payload = { type: 'object', properties: { "o'hara": { enum: ['"', 'b'] } } } as const
  expect(await lint(define({ ...endpoint, payload, fallback: { status: 'pending' } }))).toEqual(clean)
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
    const { output, workRequests } = await run(definition, { target: 'charge' }, { work: () => undefined })
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

  it('with the fallback of the target, even null', async () => {
    for (const fallback of [{ status: 'pending' }, null]) {
      const { status, output, states } = await call({ circuit: [records.open] }, { fallback })
      expect({ status, output }).toEqual({
        status: 'SUCCEEDED',
        output: { via: 'fallback', result: fallback, cause: 'rejected', reason: 'failure-rate' },
      })
      expect(states).toEqual([...open, 'Call charge: answer instead'])
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
        Responses: { circuits: [{ part: { S: 'state' }, schema: { N: '1' }, state: { S: 'OPEN' } }] },
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
    expect(states).toEqual([...open, names.task, names.recordFailure, names.failed])
    const outcome = { ok: false, error: 'ProviderDown', cause: '{"errorType":"ProviderDown"}' }
    expect(gateRequests).toEqual([{ action: 'record', circuit: 'payments', token, outcome }])
  })

  it('is recorded, and answered by the fallback', async () => {
    const { output, gateRequests } = await call({ work: down }, { fallback: { status: 'pending' } })
    expect(output).toEqual({
      via: 'fallback',
      result: { status: 'pending' },
      cause: 'failed',
      reason: 'States.TaskFailed',
    })
    expect(gateRequests).toHaveLength(1)
  })

  it.each([
    ['States.Timeout', 'States.Timeout'],
    ['States.Http.StatusCode.503', 'States.Http.StatusCode.503'],
    ['password=hunter2', 'States.TaskFailed'],
    ['States.Timeout password=hunter2', 'States.TaskFailed'],
    ['xStates.Timeout', 'States.TaskFailed'],
  ])('was named to the caller by its fallback, whatever it said: %s', async (name, reason) => {
    const work = () => {
      throw new TaskError(name, 'at db.internal')
    }
    const { output } = await call({ work }, { fallback: {} })
    expect(output).toEqual({ via: 'fallback', result: {}, cause: 'failed', reason })
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
    [undefined, undefined, 10_000],
    [3, undefined, 3_000],
    [5, 2, 2_000],
  ])('ends after timeoutSeconds: %s of the target, %s of the input', async (of, timeoutSeconds, ms) => {
    const target = of === undefined ? {} : { timeoutSeconds: of }
    const { error, gateRequests, startDate, stopDate } = await run(
      define(target),
      { ...input, timeoutSeconds },
      { work: () => new Promise(() => {}) },
    )
    expect(error).toBe('States.Timeout')
    expect(gateRequests).toMatchObject([{ outcome: { ok: false, error: 'States.Timeout' } }])
    expect(Number(stopDate) - Number(startDate)).toBe(ms)
  })

  it('ends with the execution, which takes 28 s at the most', async () => {
    const work = () => new Promise(() => {})
    const gate = () => new Promise(() => {})
    const { status, startDate, stopDate } = await call({ work, gate }, { timeoutSeconds: 28 })
    expect(status).toBe('TIMED_OUT')
    expect(Number(stopDate) - Number(startDate)).toBe(28_000)
  })
})

const connectionArn = 'arn:aws:events:eu-west-1:123456789012:connection/provider/11111111-2222'
const endpoint = {
  connectionArn,
  method: 'POST',
  url: 'https://api.example.com/orders/{orderId}/charges',
  circuit: 'payments',
} as const

describe('calls an HTTPS endpoint', () => {
  const resource = 'arn:aws:states:::http:invoke'
  const send = (
    handler: (request: unknown) => unknown,
    target: Partial<EndpointTarget> = {},
    payload?: object,
  ) =>
    run(
      guardedCall({
        table: 'circuits',
        gate: gateArn,
        targets: { charge: { ...endpoint, ...target } },
      }),
      { target: 'charge', payload: payload ?? { orderId: 'a b/c?d', amount: 1 } },
      { tasks: { [resource]: handler } },
    )

  it('with what its target says, and parts of the payload only where it names them', async () => {
    const requests: unknown[] = []
    const answer = (request: unknown) => {
      requests.push(request)
      return { StatusCode: 201, StatusText: 'Created', Headers: {}, ResponseBody: { id: 'c-1' } }
    }
    const { output, states } = await send(answer)
    await send(answer, {
      method: 'GET',
      url: 'https://api.example.com/orders',
      headers: { 'X-Id': '1' },
      queryParameters: "{% {'id': $states.input.payload.orderId} %}",
    })
    await send(answer, { method: 'PUT', body: { dry: true } }, { orderId: 7 })
    expect(output).toEqual({ via: 'call', result: { status: 201, body: { id: 'c-1' } } })
    expect(states).toEqual(open.concat(names.task))
    const Authentication = { ConnectionArn: connectionArn }
    expect(requests).toEqual([
      {
        ApiEndpoint: 'https://api.example.com/orders/a%20b%2Fc%3Fd/charges',
        Method: 'POST',
        Authentication,
        RequestBody: { orderId: 'a b/c?d', amount: 1 },
      },
      {
        ApiEndpoint: 'https://api.example.com/orders',
        Method: 'GET',
        Authentication,
        Headers: { 'X-Id': '1' },
        QueryParameters: { id: 'a b/c?d' },
      },
      {
        ApiEndpoint: 'https://api.example.com/orders/7/charges',
        Method: 'PUT',
        Authentication,
        RequestBody: { dry: true },
      },
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

  it.each([['..'], ['.'], [''], [null], [['a']], [{}], [undefined]])(
    'but not where a part of the address would be %j',
    async orderId => {
      const of = define(endpoint)
      const payload = orderId === undefined ? {} : { orderId }
      await expectBadInput({ target: 'charge', payload }, 'payload.orderId', 'a number or a text', of)
      if (orderId === undefined) await expectBadInput({ target: 'charge' }, 'payload.orderId', 'a number', of)
    },
  )
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
    ['target', {}, 'charge, other'],
    ['target', { ...input, target: 'refund' }, 'charge, other'],
    ['target', { ...input, target: ['charge'] }, 'charge, other'],
    ['target', { ...input, target: '__proto__' }, 'charge, other'],
    ['timeoutSeconds', { ...input, timeoutSeconds: 0 }, 'a whole number from 1 to 10'],
    ['timeoutSeconds', { ...input, timeoutSeconds: 1.5 }, 'a whole number from 1 to 10'],
    ['timeoutSeconds', { ...input, timeoutSeconds: 11 }, 'a whole number from 1 to 10'],
    ['timeoutSeconds', { ...input, timeoutSeconds: '5' }, 'a whole number from 1 to 10'],
    ['payload', { ...input, payload: [1] }, 'what the schema of charge says: {"type":"object"}'],
    ['payload', { ...input, payload: null }, 'what the schema of charge says'],
  ])('%s: %j', (field, given, allowed) => expectBadInput(given, field, allowed))

  // What made the workflow a deputy of its callers: each of these chose what was called, or what was opened by it.
  it.each([
    ['functionArn', workArn],
    ['functionArn', gateArn],
    ['circuit', 'stock'],
    ['http', { apiEndpoint: 'https://evil.example.com', method: 'POST', connectionArn }],
    ['fallback', { status: 'paid' }],
  ])('%s, which only the definition says', (field, value) =>
    expectBadInput({ ...input, [field]: value }, field, 'target, payload, timeoutSeconds'),
  )

  it('a payload that is not as the schema of its target says', async () => {
    const payload = {
      type: 'object',
      required: ['orderId'],
      additionalProperties: false,
      properties: { orderId: { type: 'string', pattern: '^order-[0-9]{1,8}$' }, amount: { type: 'integer' } },
    } as const
    const of = define({ payload })
    for (const bad of [
      {},
      { orderId: 'x' },
      { orderId: 'order-1', admin: true },
      { orderId: 'order-1', amount: 0.5 },
    ])
      await expectBadInput(
        { target: 'charge', payload: bad },
        'payload',
        'what the schema of charge says',
        of,
      )
    const { output, workRequests } = await run(of, { target: 'charge', payload: { orderId: 'order-1' } })
    expect(output).toEqual({ via: 'call', result: 'done' })
    expect(workRequests).toEqual([{ orderId: 'order-1' }])
    // Another target has its own schema.
    expect(await run(of, { target: 'other', payload: {} })).toMatchObject({ status: 'SUCCEEDED' })
  })
})

it('a caller reaches the circuit of its target, and none else', async () => {
  const down = () => Promise.reject(new TaskError('Down', 'it is'))
  const { gateRequests } = await run(definition, { target: 'other' }, { work: down })
  expect(gateRequests).toMatchObject([{ action: 'record', circuit: 'stock' }])
})

const refused: (readonly [object, RegExp])[] = [
  [{ gate: '' }, /^guardedCall: gate: /],
  [{ table: undefined }, /^guardedCall: table: /],
  [
    { timeoutSeconds: 301 },
    /^guardedCall: timeoutSeconds: got 301; allowed is a whole number from 1 to 300$/,
  ],
  [{ timeout: 5 }, /^guardedCall: option: got "timeout"; allowed is table, gate, targets, /],
  [{ policy: { probes: 0 } }, /^guardedTask: policy: probes: /],
  [{ targets: undefined }, /^guardedCall: targets: got undefined; allowed is an object$/],
  [{ targets: {} }, /^guardedCall: targets: got an object; allowed is at least one target/],
  [
    { targets: { "o'hara": work } },
    /^guardedCall: targets: got "o'hara"; allowed is a name of 1 to 40 letters/,
  ],
  [{ targets: { a: 'work' } }, /^guardedCall: targets.a: got "work"; allowed is an object$/],
  [{ targets: { a: { circuit: 'a' } } }, /^guardedCall: targets.a: connectionArn: got undefined/],
  [{ targets: { a: { ...work, method: 'GET' } } }, /^guardedCall: targets.a: option: got "method"/],
  [{ targets: { a: { ...work, circuit: 'a\nb' } } }, /^guardedCall: targets.a: circuit: got "a\\nb"/],
  [
    { targets: { a: { ...work, timeoutSeconds: 29 } } },
    /^guardedCall: targets.a.timeoutSeconds: got 29; allowed is at most the 28 s/,
  ],
  [
    { targets: { a: { ...work, payload: { oneOf: [] } } } },
    /^guardedCall: targets.a.payload: option: got "oneOf"/,
  ],
  [
    { targets: { gate: { ...work, functionArn: gateArn } } },
    /functionArn: got .*; allowed is any function but the gate$/,
  ],
  [
    { targets: { gate: { ...work, functionArn: `${gateArn}:live` } } },
    /allowed is any function but the gate$/,
  ],
  ...[
    'http://api.example.com',
    'https://user:secret@api.example.com/',
    'https://{host}/x',
    'https://api.example.com/x?y=z',
    'https://api.example.com/#x',
    'https://*.example.com/x',
    'https:\\\\evil.example.com',
    'api.example.com',
    '',
  ].map(
    url =>
      [
        { targets: { a: { ...endpoint, url } } },
        /^guardedCall: targets.a: url: got .*; allowed is an https URL/,
      ] as const,
  ),
  [{ targets: { a: { ...endpoint, method: 'get' } } }, /^guardedCall: targets.a: method: got "get"/],
]
it.each(refused)('guarded-call refuses bad options: %j', (options, message) => {
  const make = () => define({}, options as Partial<GuardedCallOptions>)
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
})
