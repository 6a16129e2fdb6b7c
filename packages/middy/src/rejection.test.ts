// What an open circuit answers, event by event.
import { Circuit, isCircuitOpenError } from '@breakwater/circuit'
import type { ALBResult, APIGatewayProxyResult, SQSBatchResponse } from 'aws-lambda'
import { describe, expect, it, vi } from 'vitest'
import { circuitOf, contextOf, openCircuit, versions } from './chain.fixture.ts'
import * as events from './events.fixture.ts'
import { circuitBreaker } from './index.ts'

const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'Retry-After': '5' }
const message = 'Temporarily unavailable; retry in 5 s'
const body = expect.stringContaining(message) as unknown as string
const api: APIGatewayProxyResult = { statusCode: 503, headers, body }
const statusDescription = '503 Service Unavailable'
const balanced: ALBResult = { statusCode: 503, statusDescription, isBase64Encoded: false, headers, body }
const session = { sessionAttributes: { customer: 'c-1' }, promptSessionAttributes: { channel: 'chat' } }

const answers: [string, unknown, object][] = [
  ['a REST API', events.rest, api],
  ['an HTTP API, payload 1.0', events.http1, api],
  ['an HTTP API, payload 2.0', events.http2, api],
  ['a function URL', events.functionUrl, api],
  ['a WebSocket API, $connect', events.socketConnect, api],
  ['a WebSocket API, a message', events.socketMessage, api],
  ['a load balancer', events.alb, balanced],
  [
    'a load balancer with multi-value headers',
    events.albMulti,
    {
      statusCode: 503,
      statusDescription,
      isBase64Encoded: false,
      multiValueHeaders: {
        'Content-Type': ['application/json'],
        'Cache-Control': ['no-store'],
        'Retry-After': ['5'],
      },
      body,
    } satisfies ALBResult,
  ],
  ['VPC Lattice, version 1', events.lattice1, balanced],
  ['VPC Lattice, version 2', events.lattice2, balanced],
  [
    'an agent of Bedrock, by an API schema',
    events.agentApi,
    {
      messageVersion: '1.0',
      response: {
        actionGroup: 'orders',
        apiPath: '/orders',
        httpMethod: 'POST',
        httpStatusCode: 503,
        responseBody: { 'application/json': { body } },
      },
      ...session,
    },
  ],
  [
    'an agent of Bedrock, by a function',
    events.agentFunction,
    {
      messageVersion: '1.0',
      response: {
        actionGroup: 'orders',
        function: 'order',
        functionResponse: { responseState: 'FAILURE', responseBody: { TEXT: { body: message } } },
      },
      ...session,
    },
  ],
]

const batches: [string, unknown, SQSBatchResponse][] = [
  ['SQS', events.sqs(['a', 'b']), { batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'b' }] }],
]

const thrown: [string, unknown][] = [
  ...Object.entries(events.authorizers).map(([of, event]): [string, unknown] => [
    `the authorizer of ${of}`,
    event,
  ]),
  ['an AppSync resolver', events.appSync],
  ['an AppSync resolver of a batch', [events.appSync, events.appSync]],
  ['CloudFront', events.cloudFront],
  ['Kinesis', events.kinesis(['k', 'k'])],
  ['a DynamoDB stream', events.dynamoDb(['i', 'i'])],
  ['Firehose', events.firehose],
  ['Kafka', events.kafka],
  ['S3', events.s3],
  ['SNS', events.sns],
  ['a workflow or another function', { order: 1 }],
  ['an event without records', { Records: [] }],
  ['records that are none', { Records: [null] }],
  ['a text', 'order'],
  ['no event', null],
  ['a requestContext of null', { requestContext: null }],
]

/** The answer as it leaves the function. */
const sent = (answer: unknown) => JSON.parse(JSON.stringify(answer)) as unknown

describe.each(versions)('an open circuit under $version', ({ middy }) => {
  const handle = vi.fn(async (_: unknown): Promise<unknown> => 'done')

  it.each([...answers, ...batches])('answers %s in its own shape', async (_, event, expected) => {
    const { circuit, clock } = await openCircuit()
    const answer = await middy(handle).use(circuitBreaker({ circuit, clock }))(event, contextOf())
    expect(sent(answer)).toEqual(expected)
    expect(handle).not.toHaveBeenCalled()
    expect(clock.pending).toBe(0)
  })

  it.each(thrown)('throws its error to %s', async (_, event) => {
    const { circuit, clock } = await openCircuit()
    const running = middy(handle).use(circuitBreaker({ circuit, clock }))(event, contextOf())
    await expect(running).rejects.toSatisfy(isCircuitOpenError)
  })

  it.each(answers)('names nothing of the inside to %s', async (_, event) => {
    const { circuit, clock } = await openCircuit(0, 'ledger-db')
    const answer = await middy(handle).use(circuitBreaker({ circuit, clock }))(event, contextOf())
    expect(JSON.stringify(answer)).not.toMatch(/ledger|consecutive|environment|fleet/)
  })
})

describe.each(versions)('an inner circuit that rejects in the handler, under $version,', ({ middy }) => {
  const orders = () => circuitOf({ consecutiveFailures: 1 }, 'orders')
  const open = (async () => (await openCircuit(0, 'users')).circuit)()
  const callUsers = async () => (await open).run(() => 'found')

  it.each(answers)('is answered to %s as a rejection of its own', async (_, event, expected) => {
    const { circuit, clock, outcomes } = orders()
    const answer = await middy(callUsers).use(circuitBreaker({ circuit, clock }))(event, contextOf())
    expect(sent(answer)).toEqual(expected)
    expect(outcomes()).toEqual(['ignored'])
  })

  it.each<[string, unknown, unknown?]>([...batches, ...thrown])(
    'throws its error to %s',
    async (_, event) => {
      const { circuit, clock, outcomes } = orders()
      const running = middy(callUsers).use(circuitBreaker({ circuit, clock }))(event, contextOf())
      await expect(running).rejects.toMatchObject({ circuit: 'users' })
      expect(outcomes()).toEqual(['ignored'])
    },
  )

  it('is answered by the fallback as a rejection', async () => {
    const { circuit, clock, outcomes } = orders()
    const fallback = vi.fn(() => ({ statusCode: 202 }))
    const handler = middy(callUsers).use(circuitBreaker({ circuit, clock, fallback }))
    expect(await handler(events.rest, contextOf())).toEqual({ statusCode: 202 })
    const error = expect.objectContaining({ name: 'CircuitOpenError', circuit: 'users' })
    expect(fallback).toHaveBeenCalledExactlyOnceWith(expect.anything(), error, {
      circuit: 'users',
      cause: 'rejected',
      error,
    })
    expect(outcomes()).toEqual(['ignored'])
  })

  it('opens nothing, whatever `classify` makes of it', async () => {
    const { circuit, clock } = orders()
    const handler = middy(callUsers).use(circuitBreaker({ circuit, clock, classify: () => 'failure' }))
    await handler(events.rest, contextOf())
    expect(circuit.status().state).toBe('CLOSED')
  })

  it('leaves an error with a status of its own to the middlewares that know it', async () => {
    const { circuit, clock } = orders()
    const handler = middy(async () =>
      callUsers().catch(cause =>
        Promise.reject(Object.assign(new Error('no stock', { cause }), { statusCode: 409 })),
      ),
    ).use(circuitBreaker({ circuit, clock }))
    await expect(handler(events.rest, contextOf())).rejects.toThrow('no stock')
  })

  it('is answered although the error that has it as its cause is one of the handler', async () => {
    const { circuit, clock } = orders()
    const handler = middy(async () =>
      callUsers().catch(cause => Promise.reject(new Error('cannot take the order', { cause }))),
    ).use(circuitBreaker({ circuit, clock }))
    expect(sent(await handler(events.rest, contextOf()))).toEqual(api)
  })
})

it('a circuit that is disabled rejects nothing', async () => {
  const circuit = new Circuit('payments', { disabled: true })
  const handler = versions[1]!.middy(async () => 'done').use(circuitBreaker({ circuit }))
  expect(await handler(events.rest, contextOf())).toBe('done')
})
