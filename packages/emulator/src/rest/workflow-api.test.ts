import { WorkflowApi } from '@breakwater/constructs'
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { JsonSchemaType } from 'aws-cdk-lib/aws-apigateway'
import { DefinitionBody, Pass, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { deepTexts, hostile } from '../../../../test/hostile.ts'
import { runs } from '../../../../test/tier.ts'
import { execution, refusal, start, stopAll } from './rest-api.fixture.ts'
import { requestSigner, signedFetch } from './signature.ts'
import type { AwsAnswer, ResolvedResource, RestApiResources } from './types.ts'

/** The REST API of WorkflowApi, as it runs here. */
const resources = synthesised('API_KEY')
const orderKey = 'orders-key-of-twenty-characters'
const executions = 'arn:aws:states:eu-west-1:123456789012:execution:M'
/** The id of the API's one key. */
const [owner] = Object.entries(resources).find(([, { Type }]) => Type === 'AWS::ApiGateway::ApiKey')!

function synthesised(auth: 'IAM' | 'API_KEY'): RestApiResources {
  const stack = new Stack(new App(), 'Test', { env: { account: '123456789012', region: 'eu-west-1' } })
  const api = new WorkflowApi(stack, 'Workflows', { auth, rateLimit: 5, burstLimit: 5 })
  const machine = (id: string, stateMachineType: StateMachineType) =>
    new StateMachine(stack, id, {
      definitionBody: DefinitionBody.fromChainable(new Pass(stack, `${id} pass`)),
      stateMachineType,
    })
  api.addSync('workflows/guarded-call', {
    workflow: machine('Call', StateMachineType.EXPRESS),
    errors: ['PaymentDeclined'],
  })
  api.addStart('workflows/orders', {
    workflow: machine('Machine', StateMachineType.STANDARD),
    executionName: '$.orderId',
    errors: ['PaymentDeclined'],
    input: { type: JsonSchemaType.OBJECT, required: ['orderId'] },
  })
  api.addStart('workflows/reports', { workflow: machine('Reports', StateMachineType.STANDARD) })
  api.addStart('workflows/recycle-services', {
    workflow: machine('Recycler', StateMachineType.STANDARD),
    executions: 'ALL',
  })
  const resources: [string, ResolvedResource][] = Object.entries(Template.fromStack(stack).toJSON().Resources)
  const own = resources.filter(([, { Type }]) => Type.startsWith('AWS::ApiGateway::'))
  return Object.fromEntries(own.map(([id, resource]) => [id, resolved(resource) as ResolvedResource]))
}

/** Intrinsic functions, as far as this one template has them. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved)
  if (typeof value !== 'object' || value === null) return value
  const [only, ...more] = Object.entries(value) as [string, unknown][]
  const [name, argument] = (more.length === 0 && only) || []
  if (name === 'Ref') return String(argument).replace('AWS::Partition', 'aws')
  if (name === 'Fn::GetAtt') return (argument as string[]).join('.')
  if (name === 'Fn::Select' || name === 'Fn::Split') return name
  if (name === 'Fn::Join') {
    const [separator, items] = resolved(argument) as [string, string[]]
    return items.join(separator)
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item)]))
}

async function ask(answer: AwsAnswer, path = 'guarded-call', init: RequestInit = {}) {
  const { api, calls, lines } = await start(resources, () => answer)
  const [key] = Object.values(api.apiKeys)
  const response = await fetch(`${api.url}/prod/workflows/${path}`, {
    method: 'POST',
    body: '{"orderId":"o-1"}',
    ...init,
    headers: { 'content-type': 'application/json', 'x-api-key': key!, ...init.headers },
  })
  const body: unknown = await response.json()
  return { response, status: response.status, body, calls, lines }
}

afterEach(stopAll)

const nasty = `it's "down"\n\tat C:\\srv \u2028 ü $input.body "retryAfterMs":"soon" #end`
const open = JSON.stringify({ circuit: 'payments', reason: 'failure-rate', retryAfterMs: 4_200 })
const problem = JSON.stringify({ field: 'circuit', message: "it's none" })
const cause = 'The history of the execution says why'
const hidden = { error: 'Breakwater.WorkflowFailed', cause }
/** As Step Functions reports the error of a function. */
const secret = 'password=hunter2'
const ofFunction = JSON.stringify({
  errorType: 'E',
  errorMessage: `${secret} at db.internal`,
  trace: ['Error: E', `    at charge (/var/task/index.mjs:1:${secret})`],
})
const quoting = JSON.stringify({ step: 'charge', error: 'E', cause: ofFunction.slice(0, 60), orderId: 'o-1' })

describe('WorkflowApi answers an execution that', () => {
  it.each<[string, object, number, unknown]>([
    ['succeeded', { status: 'SUCCEEDED', output: '{"a":1}' }, 200, { a: 1 }],
    ['succeeded with nothing', { status: 'SUCCEEDED', output: 'null' }, 200, null],
    ['failed with JSON', { status: 'FAILED', error: 'E', cause: '{"a":"\'"}' }, 500, hidden],
    ['failed with text', { status: 'FAILED', error: 'E', cause: nasty }, 500, hidden],
    ['failed by a function', { status: 'FAILED', error: 'E', cause: ofFunction }, 500, hidden],
    ['failed without a cause', { status: 'FAILED', error: 'E' }, 500, hidden],
    ['failed by an error whose name is a secret', { status: 'FAILED', error: secret }, 500, hidden],
    ['timed out', { status: 'TIMED_OUT' }, 504, { error: 'TIMED_OUT', cause }],
    [
      'had a task that timed out',
      { status: 'FAILED', error: 'States.Timeout', cause: nasty },
      504,
      { error: 'States.Timeout', cause },
    ],
    ['was aborted', { status: 'ABORTED' }, 500, { error: 'ABORTED', cause }],
    [
      'was aborted for a reason',
      { status: 'ABORTED', error: secret, cause: nasty },
      500,
      { error: 'ABORTED', cause },
    ],
    [
      'had bad input',
      { status: 'FAILED', error: 'Breakwater.BadInput', cause: problem },
      400,
      { error: 'Breakwater.BadInput', cause: problem },
    ],
    [
      'failed by an error that the route lists',
      { status: 'FAILED', error: 'PaymentDeclined', cause: nasty },
      500,
      { error: 'PaymentDeclined', cause: nasty },
    ],
    ...['PaymentDeclined', 'Breakwater.BadInput', 'Breakwater.CircuitOpen'].flatMap(error =>
      [ofFunction, quoting].map((text): [string, object, number, unknown] => [
        `failed by a function whose error is called ${error}`,
        { status: 'FAILED', error, cause: text },
        { PaymentDeclined: 500, 'Breakwater.BadInput': 400, 'Breakwater.CircuitOpen': 503 }[error]!,
        { error, cause },
      ]),
    ),
    [
      'met an open circuit',
      { status: 'FAILED', error: 'Breakwater.CircuitOpen', cause: open },
      503,
      { error: 'Breakwater.CircuitOpen', cause: open },
    ],
    [
      'met an open circuit that says nothing sensible',
      { status: 'FAILED', error: 'Breakwater.CircuitOpen', cause: nasty },
      503,
      { error: 'Breakwater.CircuitOpen', cause: nasty },
    ],
  ])('%s', async (_, fields, status, body) => {
    const executionArn = `${executions}:Key-o-1`
    const routes = [
      ['guarded-call', {}],
      ['orders/o-1', { method: 'GET', body: null }],
    ] as const
    for (const [path, init] of routes) {
      const answered = await ask(execution({ executionArn, ...fields }), path, init)
      expect(answered.status).toBe(status)
      expect(answered.response.headers.get('retry-after')).toBe(status === 503 ? '5' : null)
      if (status !== 200) {
        const requestId = answered.response.headers.get('x-amzn-requestid')
        expect(answered.body).toMatchObject({
          ...(body as object),
          requestId,
          execution: expect.stringMatching(/o-1$/),
        })
        expect(JSON.stringify(answered.body)).not.toContain(secret)
      } else if (path === 'guarded-call') expect(answered.body).toEqual(body)
    }
  })

  it.each([
    [429, 'ThrottlingException', 'Rate exceeded'],
    [400, 'InvalidExecutionInput', nasty],
    [500, 'AccessDeniedException', 'role'],
  ])('the service refused: %i', async (status, type, message) => {
    const answered = await ask(refusal(400, `com.amazonaws.swf#${type}`, message))
    expect([answered.status, answered.body]).toEqual([
      status,
      { error: expect.any(String), cause: expect.any(String), requestId: expect.any(String) },
    ])
  })

  it('the service failed at', async () => {
    expect((await ask(refusal(500, 'ServiceException', 'x'))).status).toBe(502)
  })
})

describe('WorkflowApi starts', () => {
  it('an execution with the body as its input, by the name that the body says', async () => {
    const executionArn = `${executions}:${owner}-o-1`
    const { status, body, calls, response } = await ask(
      { status: 200, headers: {}, body: JSON.stringify({ executionArn, startDate: 1 }) },
      'orders',
    )
    expect([status, body]).toEqual([202, { execution: 'o-1', status: 'RUNNING' }])
    expect(response.headers.get('location')).toBe('/prod/workflows/orders/o-1')
    expect(calls.map(({ action }) => action)).toEqual(['StartExecution'])
    expect(JSON.parse(calls[0]!.body)).toMatchObject({
      name: `${owner}-o-1`,
      input: '{"orderId":"o-1"}',
    })
  })

  it('nothing that its model does not allow', async () => {
    const refused = {
      error: 'BAD_REQUEST_BODY',
      cause: 'Invalid request body',
      requestId: expect.any(String),
    }
    for (const body of ['{}', '[]', '{', '']) {
      const answered = await ask(execution({}), 'orders', { body })
      expect([answered.status, answered.body, answered.calls]).toEqual([400, refused, []])
    }
  })

  it.each([
    [403, 'INVALID_API_KEY', 'Forbidden', { headers: { 'x-api-key': orderKey } }],
    [415, 'UNSUPPORTED_MEDIA_TYPE', 'Unsupported Media Type', { headers: { 'content-type': 'text/plain' } }],
    [413, 'REQUEST_TOO_LARGE', 'Request Too Long', { body: 'x'.repeat(10 * 1024 * 1024 + 1) }],
    [403, 'MISSING_AUTHENTICATION_TOKEN', 'Missing Authentication Token', { method: 'PUT' }],
  ])('nothing, but says %i %s', async (status, error, cause, init) => {
    const answered = await ask(execution({}), 'orders', init)
    expect([answered.status, answered.body, answered.calls]).toEqual([
      status,
      { error, cause, requestId: answered.response.headers.get('x-amzn-requestid') },
      [],
    ])
  })

  it('no more than its throttle lets through', async () => {
    const { api, clock, lines } = await start(resources, () =>
      execution({ status: 'SUCCEEDED', output: '1' }),
    )
    const [key] = Object.values(api.apiKeys)
    const post = () =>
      fetch(`${api.url}/workflows/guarded-call`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json', 'x-api-key': key! },
      })
    for (let n = 0; n < 5; n++) expect((await post()).status).toBe(200)
    const refused = await post()
    expect([refused.status, await refused.json(), refused.headers.get('retry-after')]).toEqual([
      429,
      { error: 'THROTTLED', cause: 'Too Many Requests', requestId: expect.any(String) },
      '1',
    ])
    clock.freeze(200)
    expect((await post()).status).toBe(200)
    expect(lines.filter(line => line.includes('THROTTLED')).length).toBe(1)
  })
})

it('WorkflowApi describes an execution', async () => {
  const executionArn = `${executions}:${owner}-o-1`
  const body = JSON.stringify({ executionArn, status: 'SUCCEEDED', output: '{"a":1}' })
  const answered = await ask({ status: 200, headers: {}, body }, 'orders/o-1', { method: 'GET', body: null })
  expect([answered.status, answered.body]).toEqual([
    200,
    { execution: 'o-1', status: 'SUCCEEDED', output: { a: 1 } },
  ])
  expect(JSON.parse(answered.calls[0]!.body).executionArn).toMatch(new RegExp(`:${owner}-o-1$`))
})

describe('an execution of somebody else', () => {
  const signed = synthesised('IAM')
  const callers = {
    local: 'AIDALOCAL',
    shop: 'AROASHOP:session-1',
    again: 'AROASHOP:session-2',
    root: '123456789012',
    federated: '123456789012:bob',
  }
  const send = async (who: keyof typeof callers, path: string, body?: object) => {
    const { api, calls, clock } = await start(signed, () => refusal(400, 'ExecutionDoesNotExist', 'none'), {
      arn: 'arn:aws:execute-api:eu-west-1:123456789012:Api',
      callerOf: accessKeyId => ({
        secretAccessKey: 'secret',
        arn: 'arn:aws:iam::123456789012:root',
        id: callers[accessKeyId as keyof typeof callers],
      }),
    })
    const credentials = { accessKeyId: who, secretAccessKey: 'secret' }
    const fetch = signedFetch(requestSigner(credentials, 'eu-west-1', () => clock.now()))
    const { status } = await fetch(`${api.url}/workflows/${path}`, {
      ...(body && {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    })
    const { executionArn, name } = JSON.parse(calls[0]?.body ?? '{}')
    return [status, (executionArn ?? name)?.split(':').at(-1)]
  }

  it('was read by its name, which is the id of an order that others may know', async () => {
    expect(await send('shop', 'orders/o-1')).toEqual([404, 'AROASHOP-o-1'])
    expect(await send('again', 'orders/o-1')).toEqual([404, 'AROASHOP-o-1'])
    expect(await send('local', 'orders/o-1')).toEqual([404, 'AIDALOCAL-o-1'])
    expect(await send('local', 'orders/AROASHOP-o-1')).toEqual([404, 'AIDALOCAL-AROASHOP-o-1'])
    // The name of another machine's execution, or the ARN of any: names have no colon.
    const arn = 'arn:aws:states:eu-west-1:123456789012:execution:M:AROASHOP-o-1'
    const { api, calls } = await start(resources, () => refusal(400, 'InvalidArn', 'none'))
    const [key] = Object.values(api.apiKeys)
    for (const name of [arn, encodeURIComponent(arn)]) {
      const answer = await fetch(`${api.url}/workflows/orders/${name}`, { headers: { 'x-api-key': key! } })
      expect(answer.status).toBe(404)
      expect(JSON.parse(calls.at(-1)!.body).executionArn).toContain(`:${owner}-arn`)
    }
  })

  it('was that of root and every federated user, who have the account for an id: they have none', async () => {
    for (const who of ['root', 'federated'] as const) {
      expect(await send(who, 'orders/o-1')).toEqual([404, ''])
      expect(await send(who, 'orders', { orderId: 'o-1' })).toEqual([404, ''])
      expect(await send(who, 'reports', {})).toEqual([404, ''])
    }
  })

  it('was kept from being started by one of its name', async () => {
    expect((await send('shop', 'orders', { orderId: 'o-1' }))[1]).toBe('AROASHOP-o-1')
    expect((await send('local', 'orders', { orderId: 'o-1' }))[1]).toBe('AIDALOCAL-o-1')
    // No name of the owner alone.
    expect((await send('local', 'orders', { orderId: '' }))[1]).toBe('')
    expect((await send('local', 'reports', {}))[1]).toMatch(/^AIDALOCAL-[\da-f-]{36}$/)
  })

  it('is read where the callers of the route are operators', async () => {
    expect(await send('local', 'recycle-services/prod-db-2')).toEqual([404, 'prod-db-2'])
    expect((await send('local', 'recycle-services', {}))[1]).toBeUndefined()
  })
})

it('a hostile body or answer makes no fault, and every answer is JSON', async () => {
  const { api, calls, clock } = await start(resources, ({ body }) => {
    const { input } = JSON.parse(body)
    // Whatever the workflow says, as what it says.
    return execution({ status: 'FAILED', error: 'PaymentDeclined', cause: String(input) })
  })
  const [key] = Object.values(api.apiKeys)
  const send = async (path: string, body: string) => {
    // The throttle has forgotten the request before.
    clock.freeze(1_000)
    const response = await fetch(`${api.url}/prod/workflows/${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-api-key': key! },
    })
    const answer = (await response.json()) as object
    expect(Object.keys(answer)).toEqual(expect.arrayContaining(['error', 'cause']))
    return [response.status, answer] as const
  }
  const body = fc.oneof(
    hostile,
    hostile.map(cause => ({ orderId: 'o', cause })),
  )
  await fc.assert(
    fc.asyncProperty(body, async value => {
      const text = JSON.stringify(value) ?? ''
      const [status, answer] = await send('guarded-call', text)
      // An object is the workflow's input, and comes back as its cause, text for text.
      if (status === 500) expect(answer).toMatchObject({ error: 'PaymentDeclined', cause: text })
      else expect(status).toBe(400)
    }),
    { numRuns: runs(30, 2_000) },
  )
  expect(calls.length).toBeGreaterThan(0)
  for (const text of deepTexts) expect((await send('orders', text))[0]).toBe(400)
})
