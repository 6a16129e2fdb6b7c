import {
  type Checks,
  checkOptions,
  numberBetween,
  textLike,
  trueOrFalse,
  wholeNumber,
} from '@breakwater/circuit/shared'
import { RemovalPolicy } from 'aws-cdk-lib'
import {
  AccessLogFormat,
  ApiKeySourceType,
  type CfnStage,
  EndpointType,
  type GatewayResponseOptions,
  LogGroupLogDestination,
  type Method,
  MethodLoggingLevel,
  ResponseType,
  RestApi,
  type RestApiProps,
} from 'aws-cdk-lib/aws-apigateway'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { acknowledge } from '../acknowledge.ts'
import { aRemovalPolicy, aRetention, orToken } from '../checks.ts'

const pushLogs = 'arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs'

/** Limits of the requests to each method. */
export interface Throttle {
  readonly rateLimit?: number | undefined
  readonly burstLimit?: number | undefined
}

/** Stage, throttling and logs of an API. */
export interface StageOptions {
  /** Name of the stage, the first part of every path. @default 'prod' */
  readonly stageName?: string
  /** Max requests per second to each method in the long run; more get 429. @default 1_000 */
  readonly rateLimit?: number
  /** Max requests at once beyond that. @default 500 */
  readonly burstLimit?: number
  /** How long access logs are kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays
  /** What happens to the access logs when they leave the stack. @default RemovalPolicy.DESTROY */
  readonly removalPolicy?: RemovalPolicy
  /** Whether to set the role by which API Gateway writes logs, one for the account and Region. @default true */
  readonly cloudWatchRole?: boolean
}

export const throttleChecks: Checks<Throttle> = {
  rateLimit: orToken(numberBetween(0, 2_147_483_647)),
  burstLimit: orToken(wholeNumber(0, 2_147_483_647)),
}

/** The checks of {@link StageOptions}. */
export const stageChecks: Checks<StageOptions> = {
  stageName: orToken(textLike(/^[\w-]{1,128}$/, '1 to 128 letters, digits, - and _')),
  ...throttleChecks,
  logRetention: aRetention,
  removalPolicy: aRemovalPolicy,
  cloudWatchRole: trueOrFalse,
}

/** The limits of a stage, with the defaults filled in. */
export function throttleOf(options: Throttle): { readonly rateLimit: number; readonly burstLimit: number } {
  return { rateLimit: options.rateLimit ?? 1_000, burstLimit: options.burstLimit ?? 500 }
}

/**
 * A regional REST API whose stage is throttled and traced, with structured access logs of limited retention, and errors
 * in the execution log.
 *
 * @example
 * const api = stagedRestApi(this, 'Api', { stageName: 'v1' }, { description: 'Takes orders' })
 */
export function stagedRestApi(
  scope: Construct,
  id: string,
  options: StageOptions,
  props: Omit<RestApiProps, 'deployOptions' | 'cloudWatchRole'> = {},
): RestApi {
  const { stageName = 'prod', cloudWatchRole = true } = checkOptions('stagedRestApi', options, stageChecks)
  const { rateLimit, burstLimit } = throttleOf(options)
  const logs = new LogGroup(scope, `${id}Logs`, {
    retention: options.logRetention ?? RetentionDays.ONE_MONTH,
    removalPolicy: options.removalPolicy ?? RemovalPolicy.DESTROY,
  })
  const api = new RestApi(scope, id, {
    endpointTypes: [EndpointType.REGIONAL],
    apiKeySourceType: ApiKeySourceType.HEADER,
    ...props,
    cloudWatchRole,
    deployOptions: {
      stageName,
      throttlingRateLimit: rateLimit,
      throttlingBurstLimit: burstLimit,
      tracingEnabled: true,
      metricsEnabled: true,
      loggingLevel: MethodLoggingLevel.ERROR,
      accessLogDestination: new LogGroupLogDestination(logs),
      accessLogFormat: AccessLogFormat.jsonWithStandardFields(),
    },
  })
  acknowledge(api, {
    [`AwsSolutions-IAM4[Policy::${pushLogs}]`]:
      'API Gateway takes its log role with this policy, and writes to groups that it names itself',
    'AwsSolutions-APIG3':
      'A web ACL is a choice of the account, with its own price; requests are throttled and validated without one',
  })
  return api
}

/** Gives a method limits of its own; where one is left out, that of the stage holds. */
export function limitMethod(api: RestApi, method: Method, { rateLimit, burstLimit }: Throttle): void {
  if (rateLimit === undefined && burstLimit === undefined) return
  const stage = api.deploymentStage.node.defaultChild as CfnStage
  const settings = stage.methodSettings as CfnStage.MethodSettingProperty[]
  // The settings of a method replace those of the stage as a whole.
  stage.methodSettings = [
    ...settings,
    {
      ...settings[0],
      resourcePath: `/${method.resource.path.replaceAll('/', '~1')}`,
      httpMethod: method.httpMethod,
      ...(rateLimit !== undefined && { throttlingRateLimit: rateLimit }),
      ...(burstLimit !== undefined && { throttlingBurstLimit: burstLimit }),
    },
  ]
}

// The message comes quoted, and escaped. validationErrorString, which would say more, comes raw: its quotes would
// make the body invalid JSON.
const templates = {
  'application/json':
    '{"error": "$context.error.responseType", "cause": $context.error.messageString, "requestId": "$context.requestId"}',
}
const retryAfter1 = { responseHeaders: { 'Retry-After': "'1'" }, templates }

const responses: readonly GatewayResponseOptions[] = [
  { type: ResponseType.DEFAULT_4XX, templates },
  { type: ResponseType.DEFAULT_5XX, templates },
  { type: ResponseType.THROTTLED, statusCode: '429', ...retryAfter1 },
  { type: ResponseType.QUOTA_EXCEEDED, statusCode: '429', templates },
  { type: ResponseType.REQUEST_TOO_LARGE, statusCode: '413', templates },
  { type: ResponseType.UNSUPPORTED_MEDIA_TYPE, statusCode: '415', templates },
  { type: ResponseType.INTEGRATION_FAILURE, statusCode: '502', ...retryAfter1 },
  { type: ResponseType.INTEGRATION_TIMEOUT, statusCode: '504', templates },
]

/**
 * Gives the answers that API Gateway makes itself (no key, bad body, throttled…) the same body as all others,
 * `{"error","cause","requestId"}`, and a status that says who can mend the fault.
 *
 * @example
 * addGatewayResponses(api)
 */
export function addGatewayResponses(api: RestApi): void {
  for (const response of responses) api.addGatewayResponse(response.type.responseType, response)
}
