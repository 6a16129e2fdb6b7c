import { afterEach, expect, it } from 'vitest'
import {
  bareResources,
  oneMethod,
  restApi,
  start,
  stopAll,
  withResource,
  workflowMethod,
  workflowResources,
} from './rest-api.fixture.ts'
import { createRestApi } from './rest-api.ts'
import type { RestApiResources } from './types.ts'

afterEach(stopAll)

const states = 'arn:aws:apigateway:eu-west-1:states:action/StartSyncExecution'
const integration = workflowMethod.Integration

const of = (type: string, properties: object) => withResource(type, properties as Record<string, unknown>)
const start1 = (change: object) => withResource('Method', { ...workflowMethod, ...change }, 'Start')
const integrated = (change: object) => start1({ Integration: { ...integration, ...change } })

it.each<[string, RestApiResources]>([
  ['Extra.Type: got "AWS::Lambda::Function"', { ...bareResources, Extra: { Type: 'AWS::Lambda::Function' } }],
  ['Extra.Type: got "AWS::ApiGateway::Authorizer"', of('Authorizer', {})],
  ['Extra.Type: got "AWS::ApiGateway::constructor"', of('constructor', {})],
  ['resources: got 0', {}],
  ['resources: got 2', of('RestApi', {})],
  ['stages: got 2', of('Stage', { ...restApi, DeploymentId: 'Deployment', StageName: 'test' })],
  ['Extra.DeploymentId: got "Gone"', of('Stage', { ...restApi, DeploymentId: 'Gone', StageName: 'test' })],
  ['Api.BinaryMediaTypes: got an array', withResource('RestApi', { BinaryMediaTypes: ['image/png'] }, 'Api')],
  ['Api.Policy: got an object', withResource('RestApi', { Policy: {} }, 'Api')],
  [
    'Api.ApiKeySourceType: got "AUTHORIZER"',
    withResource('RestApi', { ApiKeySourceType: 'AUTHORIZER' }, 'Api'),
  ],
  ['Extra.RestApiId: got "Other"', of('Model', { RestApiId: 'Other', Schema: {} })],
  ['Extra.ParentId: got "Gone"', of('Resource', { ...restApi, ParentId: 'Gone', PathPart: 'x' })],
  ['Extra.ParentId: got "Extra"', of('Resource', { ...restApi, ParentId: 'Extra', PathPart: 'x' })],
  ['Extra.PathPart: got "{a-b}"', of('Resource', { ...restApi, ParentId: 'Workflows', PathPart: '{a-b}' })],
  ['Start.AuthorizationType: got "CUSTOM"', start1({ AuthorizationType: 'CUSTOM' })],
  ['Start.HttpMethod: got "TRACE"', start1({ HttpMethod: 'TRACE' })],
  ['Start.AuthorizerId: got "a"', start1({ AuthorizerId: 'a' })],
  ['Start.ApiKeyRequired: got "maybe"', start1({ ApiKeyRequired: 'maybe' })],
  ['Start.RequestValidatorId: got "Gone"', start1({ RequestValidatorId: 'Gone' })],
  [
    'Start.RequestModels["application/json"]: got "Gone"',
    start1({ RequestModels: { 'application/json': 'Gone' } }),
  ],
  ['Extra.HttpMethod: got "POST /workflows/guarded-call"', of('Method', workflowMethod)],
  ['Start.Integration.Type: got "HTTP"', integrated({ Type: 'HTTP' })],
  ['Start.Integration.ContentHandling: got', integrated({ ContentHandling: 'CONVERT_TO_TEXT' })],
  ['Start.Integration.ConnectionType: got "VPC_LINK"', integrated({ ConnectionType: 'VPC_LINK' })],
  ['Start.Integration.Uri: got "https://x"', integrated({ Uri: 'https://x' })],
  ['Start.Integration.Uri: got "{a}"', integrated({ Uri: 'arn:aws:apigateway:eu-west-1:sqs:path/1/{a}' })],
  ['stage variables that there are, unlike gone', integrated({ Uri: `${states}\${stageVariables.gone}` })],
  [
    'Start.Integration.IntegrationHttpMethod: got undefined',
    integrated({ IntegrationHttpMethod: undefined }),
  ],
  [
    'RequestTemplates["application/json"]: got "$util.toJson"',
    integrated({ RequestTemplates: { 'application/json': '$util.toJson(1)' } }),
  ],
  [
    'Start.Integration.RequestParameters["integration.request.header.X"]: got "context"',
    integrated({ RequestParameters: { 'integration.request.header.X': 'context' } }),
  ],
  [
    'Start.Integration.RequestParameters: got "method.request.header.Y"',
    integrated({ RequestParameters: { 'integration.request.header.X': 'method.request.header.Y' } }),
  ],
  [
    'Start.Integration.RequestParameters: got "integration.request.cookie.X"',
    integrated({ RequestParameters: { 'integration.request.cookie.X': "'a'" } }),
  ],
  [
    'IntegrationResponses[0].StatusCode: got "201"',
    integrated({ IntegrationResponses: [{ StatusCode: '201' }] }),
  ],
  [
    'IntegrationResponses[0].SelectionPattern: got "("',
    integrated({ IntegrationResponses: [{ StatusCode: '200', SelectionPattern: '(' }] }),
  ],
  [
    'IntegrationResponses: got 2',
    integrated({ IntegrationResponses: [{ StatusCode: '200' }, { StatusCode: '400' }] }),
  ],
  [
    'IntegrationResponses[0].ResponseParameters: got "method.response.header.Y"',
    integrated({
      IntegrationResponses: [
        { StatusCode: '200', ResponseParameters: { 'method.response.header.Y': "'a'" } },
      ],
    }),
  ],
  [
    'IntegrationResponses[0].Foo: got 1',
    integrated({ IntegrationResponses: [{ StatusCode: '200', Foo: 1 }] }),
  ],
  [
    'Model.Schema.oneOf: got an array',
    withResource('Model', { ...restApi, Name: 'Input', Schema: { oneOf: [] } }, 'Model'),
  ],
  ['Model.Schema: got "{"', withResource('Model', { ...restApi, Name: 'Input', Schema: '{' }, 'Model')],
  ['Extra.KeyId: got "Gone"', of('UsagePlanKey', { KeyId: 'Gone', KeyType: 'API_KEY', UsagePlanId: 'Plan' })],
  ['Extra.Foo: got an array', of('ApiKey', { Foo: [] })],
  ['Extra.Quota.Period: got "YEAR"', of('UsagePlan', { Quota: { Limit: 1, Period: 'YEAR' } })],
  ['Extra.ResponseType: got "OTHER"', of('GatewayResponse', { ...restApi, ResponseType: 'OTHER' })],
  [
    'Extra.StatusCode: got "99"',
    of('GatewayResponse', { ...restApi, ResponseType: 'THROTTLED', StatusCode: '99' }),
  ],
  [
    'Extra.ResponseTemplates["a/b"]: got "#set"',
    of('GatewayResponse', {
      ...restApi,
      ResponseType: 'THROTTLED',
      ResponseTemplates: { 'a/b': '#set($a = 1)' },
    }),
  ],
  [
    'Only.Integration.IntegrationHttpMethod: got "GET"',
    oneMethod({
      Type: 'AWS_PROXY',
      IntegrationHttpMethod: 'GET',
      Uri: 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/f/invocations',
    }),
  ],
  ['Only.Integration.Uri: got', oneMethod({ Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: states })],
])('%s… is refused', async (message, resources) => {
  const created = start(resources)
  await expect(created).rejects.toThrow(TypeError)
  await expect(created).rejects.toThrow(message)
})

it('a method without its backend is refused', async () => {
  await expect(createRestApi(workflowResources)).rejects.toThrow('invokeAws: got undefined')
})

it('an unknown option is refused', async () => {
  await expect(createRestApi(bareResources, { invokeAWS: () => {} } as never)).rejects.toThrow(
    'createRestApi: option: got "invokeAWS"',
  )
})

it('createRestApi logs the properties that it ignores on purpose', async () => {
  const { lines } = await start({
    ...workflowResources,
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: {
        ...workflowResources.Stage!.Properties,
        TracingEnabled: true,
        MethodSettings: [
          { HttpMethod: '*', ResourcePath: '/*', LoggingLevel: 'ERROR', CachingEnabled: 'false' },
        ],
      },
    },
    Account: { Type: 'AWS::ApiGateway::Account', Properties: { CloudWatchRoleArn: 'arn' } },
  })
  expect(lines).toEqual([
    'ignored: Api.Name',
    'ignored: Stage.TracingEnabled',
    'ignored: Stage.MethodSettings[0].LoggingLevel',
    'ignored: Start.MethodResponses[0].ResponseModels',
    'ignored: Start.MethodResponses[1].ResponseModels',
    'ignored: Start.MethodResponses[2].ResponseModels',
    'ignored: Account.CloudWatchRoleArn',
  ])
})
