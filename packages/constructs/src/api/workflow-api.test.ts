import { App, Stack } from 'aws-cdk-lib'
import { JsonSchemaType } from 'aws-cdk-lib/aws-apigateway'
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam'
import { DefinitionBody, Pass, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import { beforeAll, describe, expect, it } from 'vitest'
import { findings, makeStack, Synthesised, textOf } from '../stack.fixture.ts'
import { WorkflowApi, type WorkflowApiProps } from './workflow-api.ts'

function makeMachine(stack: Stack, id: string, stateMachineType?: StateMachineType): StateMachine {
  return new StateMachine(stack, id, {
    ...(stateMachineType && { stateMachineType }),
    definitionBody: DefinitionBody.fromChainable(new Pass(stack, `${id}Pass`)),
  })
}

function makeApi(props: WorkflowApiProps) {
  const stack = makeStack()
  const api = new WorkflowApi(stack, 'Api', props)
  api.addSync('workflows/guarded-call', { workflow: makeMachine(stack, 'Call', StateMachineType.EXPRESS) })
  const input = { type: JsonSchemaType.OBJECT, required: ['orderId'] }
  api.addStart('workflows/orders', {
    workflow: makeMachine(stack, 'Order'),
    input,
    executionName: '$.orderId',
  })
  return { stack, api, made: new Synthesised(stack) }
}

describe.each(['IAM', 'API_KEY'] as const)('a workflow API with %s', auth => {
  let api: WorkflowApi
  let made: Synthesised
  beforeAll(() => {
    ;({ api, made } = makeApi({ auth }))
  })

  it('authenticates every caller', () => {
    const expected =
      auth === 'IAM'
        ? { AuthorizationType: 'AWS_IAM', ApiKeyRequired: false }
        : { AuthorizationType: 'NONE', ApiKeyRequired: true }
    const methods = made.all('AWS::ApiGateway::Method')
    expect(methods).toHaveLength(3)
    for (const method of methods) expect(method).toMatchObject(expected)
    expect(api.apiKey === undefined).toBe(auth === 'IAM')
    expect(made.all('AWS::ApiGateway::UsagePlan')).toHaveLength(auth === 'IAM' ? 0 : 1)
  })

  it('leaves nothing to find for cdk-nag', () => {
    expect(findings(api)).toEqual([])
  })
})

describe('a workflow API', () => {
  let stack: Stack
  let api: WorkflowApi
  let made: Synthesised
  beforeAll(() => {
    ;({ stack, api, made } = makeApi({ rateLimit: 20, burstLimit: 5, stageName: 'v1' }))
  })

  const method = (httpMethod: string, action: string) =>
    made
      .all('AWS::ApiGateway::Method')
      .find(
        one =>
          one.HttpMethod === httpMethod && textOf(one.Integration.Uri).endsWith(`states:action/${action}`),
      )

  it('has the paths of its routes', () => {
    const parts = made.all('AWS::ApiGateway::Resource').map(one => one.PathPart)
    expect(parts.sort()).toEqual(['guarded-call', 'orders', 'workflows', '{execution}'])
  })

  it.each([
    ['POST', 'StartSyncExecution'],
    ['POST', 'StartExecution'],
    ['GET', 'DescribeExecution'],
  ])('calls by %s %s, never without a template, and reads the answer by the status', (verb, action) => {
    const { Integration, MethodResponses } = method(verb, action)!
    expect(Integration).toMatchObject({
      Type: 'AWS',
      IntegrationHttpMethod: 'POST',
      PassthroughBehavior: 'NEVER',
      Credentials: { 'Fn::GetAtt': [expect.stringMatching(/^ApiRole/), 'Arn'] },
    })
    expect(
      Integration.IntegrationResponses.map((one: Record<string, string>) => [
        one.StatusCode,
        one.SelectionPattern,
      ]),
    ).toEqual([
      ['200', undefined],
      ['400', '4\\d{2}'],
      ['502', '5\\d{2}'],
    ])
    expect(MethodResponses).toContainEqual({
      StatusCode: '503',
      ResponseParameters: { 'method.response.header.Retry-After': true },
    })
  })

  it('hands the body on unchanged, with a name where executionName is set', () => {
    const templates = method('POST', 'StartExecution')!.Integration.RequestTemplates
    expect(Object.keys(templates)).toEqual(['application/json'])
    expect(textOf(templates['application/json'])).toMatchInlineSnapshot(`
      "#set($owner = "$!context.identity.caller")
      #set($owner = $owner.replaceAll(':.*$', '').replaceAll('^[0-9]{12}$', ''))
      #set($name = "$!input.path('$.orderId')")
      {"stateMachineArn": "<Order702A5B72>", "input": "$util.escapeJavaScript($input.body).replaceAll("\\\\'", "'")", "name": "#if($owner != "" && $name != "")\${owner}-$util.escapeJavaScript($name).replaceAll("\\\\'", "'")#end"}
      "
    `)
    expect(
      textOf(method('POST', 'StartSyncExecution')!.Integration.RequestTemplates['application/json']),
    ).toMatchInlineSnapshot(`
      "{"stateMachineArn": "<CallC7B3859B>", "input": "$util.escapeJavaScript($input.body).replaceAll("\\\\'", "'")"}
      "
    `)
  })

  it('asks for executions of its own state machine only', () => {
    const template = method('GET', 'DescribeExecution')!.Integration.RequestTemplates['application/json']
    expect(textOf(template)).toMatchInlineSnapshot(`
      "#set($owner = "$!context.identity.caller")
      #set($owner = $owner.replaceAll(':.*$', '').replaceAll('^[0-9]{12}$', ''))
      #set($name = "$!input.params('execution')")
      {"executionArn": "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<{Fn::Select:[6,{Fn::Split:[:,{Ref:Order702A5B72}]}]}>:#if($owner != "")\${owner}-$util.escapeJavaScript($name).replaceAll("\\\\'", "'")#end"}
      "
    `)
  })

  it('validates bodies by their schema', () => {
    const validator = made.one('AWS::ApiGateway::RequestValidator')
    expect(validator).toMatchObject({ ValidateRequestBody: true, ValidateRequestParameters: true })
    expect(made.all('AWS::ApiGateway::Model').map(one => [one.Schema.type, one.Schema.required])).toEqual([
      ['object', undefined],
      ['object', ['orderId']],
    ])
    for (const one of made.all('AWS::ApiGateway::Method')) expect(one.RequestValidatorId).toBeDefined()
  })

  it('is throttled, traced and logged', () => {
    expect(made.one('AWS::ApiGateway::Stage')).toMatchObject({
      StageName: 'v1',
      TracingEnabled: true,
      AccessLogSetting: { Format: expect.stringContaining('"$context.status"') },
      MethodSettings: [
        { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 5, LoggingLevel: 'ERROR', HttpMethod: '*' },
      ],
    })
    expect(made.one('AWS::Logs::LogGroup')).toMatchObject({ RetentionInDays: 30 })
  })

  it('answers JSON where API Gateway itself answers', () => {
    const responses = made.all('AWS::ApiGateway::GatewayResponse')
    const statuses = Object.fromEntries(responses.map(one => [one.ResponseType, one.StatusCode]))
    expect(statuses).toEqual({
      DEFAULT_4XX: undefined,
      DEFAULT_5XX: undefined,
      THROTTLED: '429',
      QUOTA_EXCEEDED: '429',
      REQUEST_TOO_LARGE: '413',
      UNSUPPORTED_MEDIA_TYPE: '415',
      INTEGRATION_FAILURE: '502',
      INTEGRATION_TIMEOUT: '504',
    })
    for (const { ResponseTemplates } of responses) {
      const body = ResponseTemplates['application/json'].replace(
        '$context.error.messageString',
        '"a message"',
      )
      expect(JSON.parse(body)).toEqual({
        error: '$context.error.responseType',
        cause: 'a message',
        requestId: '$context.requestId',
      })
    }
  })

  it('may start and describe its workflows, and nothing more', () => {
    const { Statement } = made.one('AWS::IAM::Policy', 'ApiRole').PolicyDocument
    expect(Statement.map((one: { Action: string }) => one.Action)).toEqual([
      'states:StartSyncExecution',
      'states:StartExecution',
      'states:DescribeExecution',
    ])
  })

  it('has metrics', () => {
    const metrics = [api.metricCount(), api.metricClientError(), api.metricServerError(), api.metricLatency()]
    expect(metrics.map(one => one.metricName)).toEqual(['Count', '4XXError', '5XXError', 'Latency'])
  })

  it('refuses bad properties', () => {
    expect(() => new WorkflowApi(stack, 'Other', { auth: 'NONE' as 'IAM' })).toThrow(
      /^WorkflowApi: auth: got "NONE"/,
    )
    expect(() => api.addSync('/x', { workflow: makeMachine(stack, 'X') })).toThrow(
      /^WorkflowApi.addSync: path: got "\/x"/,
    )
  })
})

describe('the limits of a workflow API', () => {
  const make = (props: WorkflowApiProps) => {
    const stack = makeStack()
    const api = new WorkflowApi(stack, 'Api', props)
    api.addStart('workflows/orders', { workflow: makeMachine(stack, 'Order'), rateLimit: 2 })
    api.addStart('workflows/recycle-services', {
      workflow: makeMachine(stack, 'Recycler'),
      rateLimit: 0.5,
      burstLimit: 3,
    })
    api.addStart('others', { workflow: makeMachine(stack, 'Other') })
    return new Synthesised(stack)
  }

  it('are those of a route for each of its methods, with all other settings of the stage', () => {
    const { MethodSettings } = make({ burstLimit: 7 }).one('AWS::ApiGateway::Stage')
    const logged = { LoggingLevel: 'ERROR', MetricsEnabled: true, DataTraceEnabled: false }
    const setting = (ResourcePath: string, HttpMethod: string, rate: number, burst: number) => ({
      ...logged,
      ResourcePath,
      HttpMethod,
      ThrottlingRateLimit: rate,
      ThrottlingBurstLimit: burst,
    })
    expect(MethodSettings).toEqual([
      setting('/*', '*', 1_000, 7),
      setting('/~1workflows~1orders', 'POST', 2, 7),
      setting('/~1workflows~1orders~1{execution}', 'GET', 2, 7),
      setting('/~1workflows~1recycle-services', 'POST', 0.5, 3),
      setting('/~1workflows~1recycle-services~1{execution}', 'GET', 0.5, 3),
    ])
  })

  it('have a quota for the key, a million a day or what is asked for', () => {
    const quota = (props: WorkflowApiProps) => make(props).one('AWS::ApiGateway::UsagePlan').Quota
    expect(quota({ auth: 'API_KEY' })).toEqual({ Limit: 1_000_000, Period: 'DAY' })
    const asked = { limit: 5, period: 'MONTH' } as const
    expect(quota({ auth: 'API_KEY', quota: asked })).toEqual({ Limit: 5, Period: 'MONTH' })
  })

  it('are refused where they cannot hold', () => {
    const quota = { limit: 5, period: 'MONTH' } as const
    expect(() => make({ quota })).toThrow(/^WorkflowApi: quota: got .*; allowed is one with auth 'API_KEY'/)
    expect(() => make({ auth: 'API_KEY', quota: { ...quota, limit: 0 } })).toThrow(
      /^WorkflowApi: quota\.limit: got 0/,
    )
    const stack = makeStack()
    const workflow = makeMachine(stack, 'Order')
    const api = new WorkflowApi(stack, 'Api')
    expect(() => api.addStart('orders', { workflow, rateLimit: -1 })).toThrow(
      /^WorkflowApi.addStart: rateLimit: got -1/,
    )
    expect(() => api.addStart('orders', { workflow, executions: 'MINE' as 'OWN' })).toThrow(
      /^WorkflowApi.addStart: executions: got "MINE"/,
    )
  })
})

it('a role is granted the methods of a route, and no other', () => {
  const stack = makeStack()
  const api = new WorkflowApi(stack, 'Api')
  api.addStart('workflows/orders', { workflow: makeMachine(stack, 'Order') })
  api.addStart('workflows/recycle-services', { workflow: makeMachine(stack, 'Recycler') })
  const shop = new Role(stack, 'Shop', { assumedBy: new AccountRootPrincipal() })
  api.grantInvoke(shop, 'workflows/orders')
  const { Statement } = new Synthesised(stack).one('AWS::IAM::Policy', 'Shop').PolicyDocument
  const [{ Action, Resource }, ...more] = Statement
  expect([Action, more]).toEqual(['execute-api:Invoke', []])
  expect(Resource.map((one: unknown) => textOf(one).split('>/').at(-1))).toEqual([
    'POST/workflows/orders',
    'GET/workflows/orders/*',
  ])
  expect(findings(shop)).toEqual([])
  expect(() => api.grantInvoke(shop, 'orders')).toThrow(
    'WorkflowApi.grantInvoke: path: got "orders"; allowed is workflows/orders, workflows/recycle-services',
  )
  const keyed = new WorkflowApi(stack, 'Keyed', { auth: 'API_KEY' })
  keyed.addStart('orders', { workflow: makeMachine(stack, 'Keyed order') })
  expect(() => keyed.grantInvoke(shop, 'orders')).toThrow(/^WorkflowApi.grantInvoke: auth: got "API_KEY"/)
})

describe('a workflow API refuses a workflow of the wrong type', () => {
  const make = (type?: StateMachineType) => {
    const stack = makeStack()
    return { api: new WorkflowApi(stack, 'Api'), workflow: makeMachine(stack, 'Orders', type) }
  }

  it('for a synchronous start, which a STANDARD workflow does not have', () => {
    const { api, workflow } = make()
    expect(() => api.addSync('orders', { workflow })).toThrow(TypeError)
    expect(() => api.addSync('orders', { workflow })).toThrow(
      'WorkflowApi.addSync: workflow: got "Test/Orders, of type STANDARD"; allowed is one of type EXPRESS',
    )
  })

  it('for a start whose execution is looked up, which an EXPRESS workflow does not have', () => {
    const { api, workflow } = make(StateMachineType.EXPRESS)
    expect(() => api.addStart('orders', { workflow })).toThrow(
      'WorkflowApi.addStart: workflow: got "Test/Orders, of type EXPRESS"; allowed is one of type STANDARD',
    )
  })

  it('but takes an imported one, whose type is not known', () => {
    const stack = makeStack()
    const workflow = StateMachine.fromStateMachineName(stack, 'Orders', 'orders')
    new WorkflowApi(stack, 'Api').addSync('orders', { workflow })
    expect(new Synthesised(stack).all('AWS::ApiGateway::Method')).toHaveLength(1)
  })
})

it('a workflow API refuses a name of an execution that no template can read', () => {
  const stack = makeStack()
  const workflow = makeMachine(stack, 'Orders')
  const api = new WorkflowApi(stack, 'Api')
  for (const executionName of ['orderId', '$', "$['orderId']", '$.a b']) {
    expect(() => api.addStart('orders', { workflow, executionName })).toThrow(
      `WorkflowApi.addStart: executionName: got ${JSON.stringify(executionName)}; allowed is a JSONPath`,
    )
  }
})

it('a workflow API refuses names of errors that no template could compare', () => {
  const stack = makeStack()
  const workflow = makeMachine(stack, 'Orders')
  const api = new WorkflowApi(stack, 'Api')
  for (const error of ['', 'a"b', '$cause', '#end', 'a b'])
    expect(() => api.addStart('orders', { workflow, errors: [error] })).toThrow(
      `WorkflowApi.addStart: errors[0]: got ${JSON.stringify(error)}; allowed is the name of an error`,
    )
})

it('a workflow API leaves nothing to find for cdk-nag where a workflow is of another stack', () => {
  const app = new App({ analyticsReporting: false })
  const workflow = makeMachine(new Stack(app, 'Workflows'), 'Order')
  const stack = new Stack(app, 'Test')
  const api = new WorkflowApi(stack, 'Api', { auth: 'API_KEY' })
  api.addStart('workflows/orders', { workflow })
  const { Statement } = new Synthesised(stack).one('AWS::IAM::Policy', 'ApiRole').PolicyDocument
  expect(JSON.stringify(Statement)).toContain('"Fn::ImportValue":"Workflows:ExportsOutputRefOrder')
  expect(findings(api)).toEqual([])
})
