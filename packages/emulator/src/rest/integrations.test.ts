import { afterEach, describe, expect, it } from 'vitest'
import { bareResources, key, oneMethod, restApi, start, stopAll, withResource } from './rest-api.fixture.ts'
import type { FunctionOutcome } from './types.ts'

afterEach(stopAll)

const functionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:orders'
const lambda = {
  Uri: `arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
  IntegrationHttpMethod: 'POST',
}
const never = () => ({ status: 500, headers: {}, body: '' })

async function withLambda(type: 'AWS' | 'AWS_PROXY', outcome: FunctionOutcome, more: object = {}) {
  const events: [string, unknown][] = []
  const started = await start(oneMethod({ ...lambda, Type: type, ...more }), never, {
    invokeLambda: async (arn, event) => {
      events.push([arn, JSON.parse(event)])
      return outcome
    },
  })
  return { ...started, events }
}

const answered = (value: unknown): FunctionOutcome => ({ kind: 'answered', value: JSON.stringify(value) })
const error = { errorType: 'TypeError', errorMessage: 'no such order', trace: [] }

describe('AWS_PROXY', () => {
  it('hands the request over as an event, and answers as the function says', async () => {
    const { api, events } = await withLambda(
      'AWS_PROXY',
      answered({ statusCode: 201, headers: { 'X-Mine': 'yes' }, body: 'done' }),
    )
    const response = await fetch(`${api.url}/prod?a=1`)
    expect([response.status, response.headers.get('x-mine'), await response.text()]).toEqual([
      201,
      'yes',
      'done',
    ])
    expect(events).toEqual([
      [
        functionArn,
        expect.objectContaining({
          resource: '/',
          path: '/',
          queryStringParameters: { a: '1' },
          stageVariables: { color: 'blue' },
          requestContext: expect.objectContaining({ stage: 'prod', path: '/prod/' }),
        }),
      ],
    ])
  })

  it.each<[FunctionOutcome, number, string]>([
    [answered('text'), 502, 'Internal server error'],
    [answered({ statusCode: 'x' }), 502, 'Internal server error'],
    [{ kind: 'threw', error }, 502, 'Internal server error'],
    [{ kind: 'crashed', error }, 502, 'Internal server error'],
    [{ kind: 'timed-out', afterMs: 3_000 }, 502, 'Internal server error'],
    [{ kind: 'throttled' }, 429, 'Too Many Requests'],
    [{ kind: 'expired' }, 504, 'Endpoint request timed out'],
    [answered({ statusCode: 200, headers: { 'X-Split': 'a\r\nb' } }), 500, 'Internal server error'],
  ])('%j is a %i', async (outcome, status, message) => {
    const { api } = await withLambda('AWS_PROXY', outcome)
    const response = await fetch(api.url)
    expect([response.status, await response.json()]).toEqual([status, { message }])
    expect(response.headers.has('x-split')).toBe(false)
  })
})

describe('AWS to a function', () => {
  const IntegrationResponses = [
    { StatusCode: '200' },
    { StatusCode: '500', SelectionPattern: '.*no such.*|Task timed out.*' },
  ]
  it.each<[FunctionOutcome, number, unknown]>([
    [answered({ order: 7 }), 200, { order: 7 }],
    [{ kind: 'threw', error }, 500, error],
    [{ kind: 'timed-out', afterMs: 3_000 }, 500, { errorMessage: 'Task timed out after 3.00 seconds' }],
  ])('%j is a %i by the error message', async (outcome, status, body) => {
    const { api, events } = await withLambda('AWS', outcome, { IntegrationResponses })
    const response = await fetch(api.url)
    expect([response.status, await response.json()]).toEqual([status, body])
    expect(events).toEqual([[functionArn, {}]])
  })
})

describe('MOCK', () => {
  const mock = (template: string, IntegrationResponses: object[] = [{ StatusCode: '204' }]) =>
    oneMethod({ Type: 'MOCK', RequestTemplates: { 'application/json': template }, IntegrationResponses })

  it.each(['{ statusCode: 200 }', '{"statusCode": 200}', "{ 'statusCode' : '200' }"])(
    '%s answers',
    async template => {
      const { api } = await start(mock(template))
      expect((await fetch(api.url)).status).toBe(204)
    },
  )

  it('chooses by the status of the answer', async () => {
    const { api } = await start(
      mock("#if($input.params('fail') == '1'){ statusCode: 500 }#{else}{ statusCode: 200 }#end", [
        {
          StatusCode: '200',
          ResponseTemplates: { 'application/json': '{"color": "$stageVariables.color"}' },
        },
        {
          StatusCode: '500',
          SelectionPattern: '5..',
          ResponseTemplates: { 'text/plain': '$context.httpMethod' },
        },
      ]),
    )
    expect(await (await fetch(api.url)).json()).toEqual({ color: 'blue' })
    const failed = await fetch(`${api.url}?fail=1`)
    expect([failed.status, failed.headers.get('content-type'), await failed.text()]).toEqual([
      500,
      'text/plain',
      'GET',
    ])
  })

  it.each([
    ['{}', 'a MOCK template without statusCode'],
    ['{ statusCode: 302 }', 'no integration response fits 302'],
  ])('%s is a mistake', async (template, why) => {
    const { api, lines } = await start(mock(template, [{ StatusCode: '200', SelectionPattern: '200' }]))
    const response = await fetch(api.url)
    expect([response.status, await response.json()]).toEqual([500, { message: 'Internal server error' }])
    expect(lines.at(-1)).toContain(why)
  })
})

describe('AWS to a service', () => {
  const sqs = {
    Type: 'AWS',
    Uri: 'arn:aws:apigateway:eu-west-1:sqs:path/123456789012/{queue}',
    IntegrationHttpMethod: 'POST',
    RequestParameters: {
      'integration.request.path.queue': 'method.request.querystring.to',
      'integration.request.querystring.Action': "'SendMessage'",
      'integration.request.header.X-Id': 'context.requestId',
      'integration.request.header.X-Part': 'method.request.body.a.b',
      'integration.request.header.X-None': 'stageVariables.none',
    },
    IntegrationResponses: [{ StatusCode: '200' }],
  }
  const method = { RequestParameters: { 'method.request.querystring.to': true }, HttpMethod: 'POST' }

  it('fills in path, query and headers', async () => {
    const { api, calls } = await start(oneMethod(sqs, method), () => ({
      status: 200,
      headers: {},
      body: '<ok/>',
    }))
    const response = await fetch(`${api.url}?to=a%2Fb`, { method: 'POST', body: '{"a":{"b":[1]}}' })
    expect([response.status, await response.text()]).toEqual([200, '<ok/>'])
    expect(calls).toMatchObject([
      {
        service: 'sqs',
        action: 'path/123456789012/a%2Fb',
        query: { Action: 'SendMessage' },
        headers: { 'X-Id': response.headers.get('x-amzn-requestid'), 'X-Part': '[1]' },
        body: '{"a":{"b":[1]}}',
      },
    ])
    expect(calls[0]!.headers).not.toHaveProperty('X-None')
  })

  it('lets a template override the request', async () => {
    const template =
      '#set($context.requestOverride.header.X-Id = "mine")#set($context.requestOverride.querystring.q = 1)ok'
    const { api, calls } = await start(
      oneMethod({ ...sqs, RequestTemplates: { 'application/json': template } }, method),
      () => ({ status: 200, headers: {}, body: '' }),
    )
    await fetch(`${api.url}?to=q`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(calls).toMatchObject([{ body: 'ok', query: { q: '1' }, headers: { 'X-Id': 'mine' } }])
  })

  it.each([
    ['WHEN_NO_MATCH', { 'application/json': 'x' }, 200],
    ['WHEN_NO_TEMPLATES', { 'application/json': 'x' }, 415],
    ['WHEN_NO_TEMPLATES', {}, 200],
    ['NEVER', {}, 415],
  ])(
    'passes a body of a type without a template through %s %j: %i',
    async (PassthroughBehavior, RequestTemplates, status) => {
      const { api, calls } = await start(
        oneMethod(
          {
            ...sqs,
            RequestParameters: {},
            Uri: sqs.Uri.replace('{queue}', 'q'),
            PassthroughBehavior,
            RequestTemplates,
          },
          method,
        ),
        () => ({ status: 200, headers: {}, body: 'ok' }),
      )
      const response = await fetch(api.url, {
        method: 'POST',
        headers: { 'content-type': 'text/xml' },
        body: '<x/>',
      })
      expect(response.status).toBe(status)
      expect(calls.map(({ body }) => body)).toEqual(status === 200 ? ['<x/>'] : [])
    },
  )

  it("a body that its template cannot read is the caller's mistake", async () => {
    const { api } = await start(
      oneMethod({ ...sqs, RequestTemplates: { 'application/json': "$input.json('$')" } }, method),
    )
    const response = await fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    })
    expect([response.status, await response.json()]).toEqual([
      400,
      { message: expect.stringMatching(/^Could not parse request body into json: /) },
    ])
  })

  it('a status that a template sets to what is none is not taken', async () => {
    const template = (status: string) => `#set($context.responseOverride.status = ${status})`
    for (const [set, status] of [
      ['418', 418],
      ['"503"', 200],
      ['99', 200],
      ['1000', 200],
    ] as const) {
      const { api } = await start(
        oneMethod(
          {
            ...sqs,
            IntegrationResponses: [
              { StatusCode: '200', ResponseTemplates: { 'application/json': template(set) } },
            ],
          },
          method,
        ),
        () => ({ status: 200, headers: {}, body: '{}' }),
      )
      expect((await fetch(api.url, { method: 'POST' })).status).toBe(status)
    }
  })
})

describe('gateway responses', () => {
  const custom = (type: string, more: object) =>
    withResource('GatewayResponse', { ...restApi, ResponseType: type, ...more }, type, bareResources)

  it("take the place of the service's own, by type and by default", async () => {
    const resources = {
      ...custom('DEFAULT_4XX', {
        ResponseTemplates: {
          'application/json': `{"error":$context.error.messageString,"type":"\${context.error.responseType}"}`,
        },
        ResponseParameters: {
          'gatewayresponse.header.X-Trace': 'method.request.header.X-Trace',
          'gatewayresponse.header.X-Why': "'no'",
        },
      }),
      ...oneMethod({ Type: 'MOCK' }, { ApiKeyRequired: true }),
      INVALID_API_KEY: custom('INVALID_API_KEY', { StatusCode: '401' }).INVALID_API_KEY!,
    }
    const { api } = await start(resources)
    const lost = await fetch(`${api.url}/lost`, { headers: { 'X-Trace': 't' } })
    expect([lost.status, await lost.json()]).toEqual([
      403,
      { error: 'Missing Authentication Token', type: 'MISSING_AUTHENTICATION_TOKEN' },
    ])
    expect([lost.headers.get('x-trace'), lost.headers.get('x-why')]).toEqual(['t', 'no'])
    const keyless = await fetch(api.url, { headers: { 'x-api-key': key } })
    expect([keyless.status, await keyless.json()]).toEqual([401, { message: 'Forbidden' }])
  })
})
