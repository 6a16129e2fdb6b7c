import { VirtualClock } from '@breakwater/circuit/testing'
import { createRestApi } from './rest-api.ts'
import type { AwsAnswer, ResolvedResource, RestApi, RestApiOptions, RestApiResources } from './types.ts'

export const key = 'a-key-of-at-least-twenty-characters'
const arn = 'arn:aws:states:eu-west-1:123456789012:express:guarded-call'
const escaped = (reference: string) => `$util.escapeJavaScript(${reference}).replaceAll("\\\\'", "'")`

/** Starts a workflow with the body as its input, text for text. */
export const requestTemplate = `{"stateMachineArn": "${arn}", "input": "${escaped('$input.body')}", "name": "$context.requestId"}`

/** Tells apart the executions that StartSyncExecution all answers with 200. */
export const responseTemplate = `#set($status = "$!input.path('$.status')")
#set($error = "$!input.path('$.error')")
#set($cause = "$!input.path('$.cause')")
#if($status == "SUCCEEDED")
$input.path('$.output')
#else
#set($code = 500)
#if($status == "TIMED_OUT")
#set($code = 504)
#set($error = "States.Timeout")
#elseif($error == "Breakwater.CircuitOpen")
#set($code = 503)
#set($open = $util.parseJson($cause))
#set($context.responseOverride.header.Retry-After = ($open.retryAfterMs + 999) / 1000)
#end
#set($context.responseOverride.status = $code)
{"error": "${escaped('$error')}", "cause": "${escaped('$cause')}"}
#end`

const refusedTemplate = `#set($type = $input.path('$.__type').toString().replaceAll("^.*#", ""))
#if($type == "ThrottlingException")#set($context.responseOverride.status = 429)#end
{"error": "$type", "cause": "${escaped("$input.path('$.message')")}"}`

export const restApi = { RestApiId: 'Api' }

/** A method that starts a workflow. */
export const workflowMethod = {
  ...restApi,
  ResourceId: 'GuardedCall',
  HttpMethod: 'POST',
  AuthorizationType: 'NONE',
  ApiKeyRequired: true,
  RequestValidatorId: 'Validator',
  RequestModels: { 'application/json': 'Input' },
  RequestParameters: { 'method.request.header.X-Trace': false },
  MethodResponses: ['200', '400', '502'].map(StatusCode => ({
    StatusCode,
    ResponseModels: { 'application/json': 'Empty' },
    ResponseParameters: {
      'method.response.header.X-From': true,
      'method.response.header.X-Id': true,
      'method.response.header.X-Stage': true,
    },
  })),
  Integration: {
    Type: 'AWS',
    Uri: 'arn:aws:apigateway:eu-west-1:states:action/StartSyncExecution',
    IntegrationHttpMethod: 'POST',
    Credentials: 'arn:aws:iam::123456789012:role/api',
    PassthroughBehavior: 'NEVER',
    RequestParameters: {
      'integration.request.header.X-Static': "'it is'",
      'integration.request.header.X-Trace': 'method.request.header.X-Trace',
    },
    RequestTemplates: { 'application/json': requestTemplate },
    IntegrationResponses: [
      {
        StatusCode: '200',
        ResponseTemplates: { 'application/json': responseTemplate },
        ResponseParameters: {
          'method.response.header.X-From': "'workflow'",
          'method.response.header.X-Id': 'integration.response.header.x-amzn-requestid',
          'method.response.header.X-Stage': 'context.stage',
        },
      },
      {
        StatusCode: '400',
        SelectionPattern: '4\\d{2}',
        ResponseTemplates: { 'application/json': refusedTemplate },
      },
      { StatusCode: '502', SelectionPattern: '5\\d{2}', ResponseTemplates: {} },
    ],
  },
}

function resource(type: string, Properties: Record<string, unknown>): ResolvedResource {
  return { Type: `AWS::ApiGateway::${type}`, Properties }
}

/** The least there is: an API with one stage and no method. */
export const bareResources: RestApiResources = {
  Api: resource('RestApi', { Name: 'workflows' }),
  Deployment: resource('Deployment', restApi),
  Stage: resource('Stage', {
    ...restApi,
    DeploymentId: 'Deployment',
    StageName: 'prod',
    Variables: { color: 'blue' },
  }),
}

/** `POST /workflows/guarded-call`, with a key, a model and a validator. */
export const workflowResources: RestApiResources = {
  ...bareResources,
  Workflows: resource('Resource', { ...restApi, ParentId: 'Api.RootResourceId', PathPart: 'workflows' }),
  GuardedCall: resource('Resource', { ...restApi, ParentId: 'Workflows', PathPart: 'guarded-call' }),
  Start: resource('Method', workflowMethod),
  Validator: resource('RequestValidator', {
    ...restApi,
    ValidateRequestBody: true,
    ValidateRequestParameters: true,
  }),
  Model: resource('Model', {
    ...restApi,
    Name: 'Input',
    Schema: {
      $schema: 'http://json-schema.org/draft-04/schema#',
      type: 'object',
      required: ['circuit'],
      properties: { circuit: { type: 'string', minLength: 1 } },
    },
  }),
  Key: resource('ApiKey', { Enabled: true, Value: key }),
  Plan: resource('UsagePlan', { ApiStages: [{ ApiId: 'Api', Stage: 'prod' }] }),
  PlanKey: resource('UsagePlanKey', { KeyId: 'Key', KeyType: 'API_KEY', UsagePlanId: 'Plan' }),
}

/** Resources with one more, or with one replaced. */
export function withResource(
  type: string,
  properties: Record<string, unknown>,
  id = 'Extra',
  resources = workflowResources,
) {
  return { ...resources, [id]: resource(type, properties) }
}

/** An API of one method at the root, `GET /` unless `method` says otherwise. */
export function oneMethod(
  integration: Record<string, unknown>,
  method: Record<string, unknown> = {},
): RestApiResources {
  const MethodResponses = ['200', '204', '500'].map(StatusCode => ({ StatusCode }))
  return withResource(
    'Method',
    {
      ...restApi,
      ResourceId: 'Api.RootResourceId',
      HttpMethod: 'GET',
      MethodResponses,
      Integration: integration,
      ...method,
    },
    'Only',
    bareResources,
  )
}

export const apis: RestApi[] = []

/** Stops what {@link start} started. */
export async function stopAll(): Promise<void> {
  await Promise.all(apis.splice(0).map(api => api.close()))
}

export interface SeenCall {
  readonly service: string
  readonly action: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly method: string
  readonly region: string
  readonly query: Readonly<Record<string, string>>
}

/** An API on a virtual clock, its log and its calls; the backend answers as given. */
export async function start(
  resources: RestApiResources = workflowResources,
  answer: (call: SeenCall, signal: AbortSignal) => AwsAnswer | Promise<AwsAnswer> = () => execution({}),
  options: RestApiOptions = {},
) {
  const clock = new VirtualClock()
  const lines: string[] = []
  const calls: SeenCall[] = []
  const api = await createRestApi(resources, {
    clock,
    log: line => void lines.push(line),
    invokeAws: async (service, action, body, headers, { signal, ...rest }) => {
      const call = { service, action, body, headers, ...rest }
      calls.push(call)
      return answer(call, signal)
    },
    invokeLambda: async () => ({ kind: 'answered', value: '{}' }),
    ...options,
  })
  apis.push(api)
  const post = (body: string | Buffer = '{"circuit":"payments"}', headers: Record<string, string> = {}) =>
    fetch(`${api.url}/workflows/guarded-call`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
    })
  return { api, clock, lines, calls, post }
}

/** An answer of StartSyncExecution. */
export function execution(fields: Record<string, unknown>): AwsAnswer {
  return {
    status: 200,
    headers: { 'x-amzn-requestid': 'abc' },
    body: JSON.stringify({ executionArn: `${arn}:x`, startDate: 1, ...fields }),
  }
}

/** An answer of the service in place of an execution. */
export function refusal(status: number, type: string, message: string): AwsAnswer {
  return { status, headers: {}, body: JSON.stringify({ __type: type, message }) }
}
