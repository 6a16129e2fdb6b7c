import { afterEach, describe, expect, it } from 'vitest'
import { TokenBucket } from '../aws/token-bucket.ts'
import { bareResources, key, oneMethod, restApi, start, stopAll, withResource } from './rest-api.fixture.ts'
import type { RestApiResources } from './types.ts'

afterEach(stopAll)

const mock = {
  Type: 'MOCK',
  RequestTemplates: { 'application/json': '{ statusCode: 200 }' },
  IntegrationResponses: [
    {
      StatusCode: '200',
      ResponseTemplates: {
        'application/json': '{"key": "$context.identity.apiKeyId", "ip": "$context.identity.sourceIp"}',
      },
    },
  ],
}

async function answers(resources: RestApiResources, headers: Record<string, string> = {}) {
  const { api, clock } = await start(resources)
  const ask = async (more: Record<string, string> = {}) => {
    const response = await fetch(api.url, { headers: { ...headers, ...more } })
    return [response.status, await response.json()] as const
  }
  return {
    api,
    clock,
    ask,
    statuses: async (count: number) => {
      const seen: number[] = []
      for (let n = 0; n < count; n++) seen.push((await ask())[0])
      return seen
    },
  }
}

const tooMany = [429, { message: 'Too Many Requests' }]
const keyed = (plan: object, more: RestApiResources = {}): RestApiResources => ({
  ...oneMethod(mock, { ApiKeyRequired: true }),
  Key: { Type: 'AWS::ApiGateway::ApiKey', Properties: { Enabled: true, Value: key } },
  Plan: {
    Type: 'AWS::ApiGateway::UsagePlan',
    Properties: { ApiStages: [{ ApiId: 'Api', Stage: 'prod' }], ...plan },
  },
  PlanKey: {
    Type: 'AWS::ApiGateway::UsagePlanKey',
    Properties: { KeyId: 'Key', KeyType: 'API_KEY', UsagePlanId: 'Plan' },
  },
  ...more,
})

describe('an API key', () => {
  it('of a plan of this stage opens it, and templates see its id', async () => {
    const { ask } = await answers(keyed({}), { 'X-API-Key': key })
    expect(await ask()).toEqual([200, { key: 'Key', ip: '127.0.0.1' }])
  })

  const other: [string, RestApiResources][] = [
    ['of another stage', keyed({ ApiStages: [{ ApiId: 'Api', Stage: 'test' }] })],
    ['of another API', keyed({ ApiStages: [{ ApiId: 'Other', Stage: 'prod' }] })],
    ['of no plan', keyed({}, { PlanKey: { Type: 'AWS::ApiGateway::Account' } })],
    ['that is disabled', keyed({}, { Key: { Type: 'AWS::ApiGateway::ApiKey', Properties: { Value: key } } })],
  ]
  it.each(other)('%s does not', async (_, resources) => {
    const { ask } = await answers(resources, { 'x-api-key': key })
    expect(await ask()).toEqual([403, { message: 'Forbidden' }])
  })

  it('without a value gets one that does not change', async () => {
    const resources = keyed({}, { Key: { Type: 'AWS::ApiGateway::ApiKey', Properties: { Enabled: 'true' } } })
    const [one, two] = [await answers(resources), await answers(resources)]
    expect(one.api.apiKeys).toEqual({ Key: expect.stringMatching(/^[\w-]{20,128}$/) })
    expect(two.api.apiKeys).toEqual(one.api.apiKeys)
    expect((await one.ask({ 'x-api-key': one.api.apiKeys.Key! }))[0]).toBe(200)
  })
})

describe('a throttle', () => {
  it('of the plan lets a burst through, then so many a second', async () => {
    const { statuses, ask, clock } = await answers(keyed({ Throttle: { RateLimit: 2, BurstLimit: 3 } }), {
      'x-api-key': key,
    })
    expect(await statuses(4)).toEqual([200, 200, 200, 429])
    clock.freeze(500)
    expect(await statuses(2)).toEqual([200, 429])
    expect(await ask()).toEqual(tooMany)
    clock.freeze(3_600_000)
    expect(await statuses(4)).toEqual([200, 200, 200, 429])
  })

  it('of the plan for a method goes before that of the plan', async () => {
    const { statuses } = await answers(
      keyed({
        Throttle: { RateLimit: 1, BurstLimit: 1 },
        ApiStages: [{ ApiId: 'Api', Stage: 'prod', Throttle: { '//GET': { RateLimit: 1, BurstLimit: 2 } } }],
      }),
      { 'x-api-key': key },
    )
    expect(await statuses(3)).toEqual([200, 200, 429])
  })

  it.each([
    ['/*', '*'],
    ['/', 'GET'],
    ['/~1', 'GET'],
  ])('of the stage for %s %s counts all callers', async (ResourcePath, HttpMethod) => {
    const MethodSettings = [{ ResourcePath, HttpMethod, ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 }]
    const resources = withResource(
      'Stage',
      { ...restApi, DeploymentId: 'Deployment', StageName: 'prod', MethodSettings },
      'Stage',
      oneMethod(mock),
    )
    const { statuses, ask } = await answers(resources)
    expect(await statuses(2)).toEqual([200, 200])
    expect(await ask()).toEqual(tooMany)
  })
})

describe('a quota', () => {
  it.each([
    ['DAY', 24 * 3_600_000],
    ['WEEK', 7 * 24 * 3_600_000],
    ['MONTH', 31 * 24 * 3_600_000],
  ])('a %s is used up, and comes back', async (Period, ms) => {
    const { statuses, ask, clock } = await answers(keyed({ Quota: { Limit: 3, Period, Offset: 1 } }), {
      'x-api-key': key,
    })
    expect(await statuses(3)).toEqual([200, 200, 429])
    expect(await ask()).toEqual([429, { message: 'Limit Exceeded' }])
    clock.freeze(ms)
    expect(await statuses(4)).toEqual([200, 200, 200, 429])
  })
})

describe('parameters', () => {
  const validated = withResource(
    'RequestValidator',
    { ...restApi, ValidateRequestParameters: true },
    'Validator',
    {
      ...bareResources,
      ...oneMethod(mock, {
        RequestValidatorId: 'Validator',
        RequestParameters: {
          'method.request.querystring.page': true,
          'method.request.header.X-Trace': true,
          'method.request.header.X-Maybe': false,
        },
      }),
    },
  )

  it('that are required are asked for by name', async () => {
    const { api, ask } = await answers(validated)
    expect(await ask()).toEqual([400, { message: 'Missing required request parameters: [page, X-Trace]' }])
    expect((await fetch(`${api.url}?page=1`, { headers: { 'x-trace': 't' } })).status).toBe(200)
  })
})

describe('TokenBucket', () => {
  it('has no limit without a rate, and lets nothing through at the rate 0', () => {
    const free = new TokenBucket(undefined, 1)
    expect([free.take(0), free.take(0)]).toEqual([true, true])
    expect(new TokenBucket(0).take(1_000_000)).toBe(false)
  })

  it('gains nothing from a clock that is set back', () => {
    const bucket = new TokenBucket(1)
    expect([bucket.take(10_000), bucket.take(0), bucket.take(500), bucket.take(1_000)]).toEqual([
      true,
      false,
      false,
      true,
    ])
  })
})
