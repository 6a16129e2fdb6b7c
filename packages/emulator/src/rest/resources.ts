import { invalid } from '@breakwater/circuit/shared'
import {
  anything,
  flag,
  list,
  number,
  object,
  oneOf,
  optional,
  record,
  text,
  type ValueReader,
} from './shape.ts'
import type { RestApiResources } from './types.ts'

const texts = record(text)
const off: ValueReader<unknown> = optional((value, where, ignored) => {
  if (flag(value, where, ignored)) oneOf('false')(String(value), where, ignored)
})
const parameters = record(flag)

const integrationResponse = object({
  StatusCode: text,
  SelectionPattern: optional(text),
  ResponseTemplates: texts,
  ResponseParameters: texts,
})

const integration = object({
  Type: oneOf('AWS', 'AWS_PROXY', 'MOCK'),
  Uri: optional(text),
  IntegrationHttpMethod: optional(text),
  RequestParameters: texts,
  RequestTemplates: texts,
  PassthroughBehavior: optional(
    oneOf('WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'),
    'WHEN_NO_MATCH' as const,
  ),
  IntegrationResponses: list(integrationResponse),
  TimeoutInMillis: optional(number, 29_000),
  ConnectionType: optional(oneOf('INTERNET')),
  ResponseTransferMode: optional(oneOf('BUFFERED')),
  Credentials: optional(text),
})

const throttle = object({ RateLimit: optional(number), BurstLimit: optional(number) })
const owned = { RestApiId: text }

/** Readers by type of resource: properties that work here, and properties without effect on this machine. */
export const readers = {
  RestApi: object(
    {
      ApiKeySourceType: optional(oneOf('HEADER')),
      DisableExecuteApiEndpoint: off,
      Mode: optional(oneOf('overwrite', 'merge')),
    },
    ['Name', 'Description', 'Tags', 'EndpointConfiguration', 'FailOnWarnings', 'SecurityPolicy'],
  ),
  Resource: object({ ...owned, ParentId: text, PathPart: text }),
  Method: object(
    {
      ...owned,
      ResourceId: text,
      HttpMethod: oneOf('ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'),
      AuthorizationType: optional(oneOf('NONE', 'AWS_IAM'), 'NONE' as const),
      ApiKeyRequired: optional(flag, false),
      Integration: integration,
      MethodResponses: list(object({ StatusCode: text, ResponseParameters: parameters }, ['ResponseModels'])),
      RequestModels: texts,
      RequestParameters: parameters,
      RequestValidatorId: optional(text),
    },
    ['OperationName'],
  ),
  Deployment: object({ ...owned, StageName: optional(text) }, ['Description']),
  Stage: object(
    {
      ...owned,
      DeploymentId: text,
      StageName: text,
      Variables: texts,
      MethodSettings: list(
        object(
          {
            HttpMethod: text,
            ResourcePath: text,
            ThrottlingRateLimit: optional(number),
            ThrottlingBurstLimit: optional(number),
            CachingEnabled: off,
          },
          ['LoggingLevel', 'DataTraceEnabled', 'MetricsEnabled', 'CacheDataEncrypted', 'CacheTtlInSeconds'],
        ),
      ),
      CacheClusterEnabled: off,
    },
    ['AccessLogSetting', 'TracingEnabled', 'Tags', 'Description', 'DocumentationVersion', 'CacheClusterSize'],
  ),
  Model: object(
    { ...owned, ContentType: optional(text, 'application/json'), Name: optional(text), Schema: anything },
    ['Description'],
  ),
  RequestValidator: object(
    {
      ...owned,
      ValidateRequestBody: optional(flag, false),
      ValidateRequestParameters: optional(flag, false),
    },
    ['Name'],
  ),
  // Stages are opened by usage plans; StageKeys are from the time before them.
  ApiKey: object({ Enabled: optional(flag, false), Value: optional(text) }, [
    'Name',
    'Description',
    'Tags',
    'CustomerId',
    'StageKeys',
    'GenerateDistinctId',
  ]),
  UsagePlan: object(
    {
      ApiStages: list(object({ ApiId: text, Stage: text, Throttle: record(throttle) })),
      Throttle: optional(throttle),
      Quota: optional(
        object({ Limit: number, Period: oneOf('DAY', 'WEEK', 'MONTH'), Offset: optional(number, 0) }),
      ),
    },
    ['UsagePlanName', 'Description', 'Tags'],
  ),
  UsagePlanKey: object({ KeyId: text, KeyType: oneOf('API_KEY'), UsagePlanId: text }),
  GatewayResponse: object({
    ...owned,
    ResponseType: text,
    StatusCode: optional(text),
    ResponseParameters: texts,
    ResponseTemplates: texts,
  }),
  Account: object({}, ['CloudWatchRoleArn']),
}

/** A kind of resource, without the `AWS::ApiGateway::` before it. */
export type Kind = keyof typeof readers

/** The properties of a resource, read and checked. */
export type PropertiesOf<K extends Kind> = ReturnType<(typeof readers)[K]>

export type IntegrationResponseProperties = ReturnType<typeof integrationResponse>

const prefix = 'AWS::ApiGateway::'

/** A resource that has been read. */
export interface ApiResource<K extends Kind> {
  /** Its logical id; errors name it. */
  readonly id: string
  /** Names by which other resources refer to it. */
  readonly names: readonly string[]
  readonly properties: PropertiesOf<K>
}

/** All resources of an API, read and checked one by one. */
export interface ApiResources {
  /** Properties that are ignored on purpose. */
  readonly ignored: readonly string[]
  all<K extends Kind>(kind: K): readonly ApiResource<K>[]
  /** The resource of that kind that `name` refers to; the error says `where`, and what else is allowed, `or`. */
  find<K extends Kind>(kind: K, name: string, where: string, or?: string): ApiResource<K>
}

/** Reads all resources, and refuses any that would not work here. */
export function readResources(resources: RestApiResources): ApiResources {
  const ignored: string[] = []
  const read = new Map<Kind, ApiResource<Kind>[]>(Object.keys(readers).map(kind => [kind as Kind, []]))
  for (const [id, { Type, Properties = {}, PhysicalId = id }] of Object.entries(resources)) {
    const kind = (
      typeof Type === 'string' && Type.startsWith(prefix) ? Type.slice(prefix.length) : ''
    ) as Kind
    const ofKind = read.get(kind)
    if (!ofKind) throw invalid(`${id}.Type`, Type, `${prefix} and one of ${Object.keys(readers).join(', ')}`)
    ofKind.push({ id, names: [id, PhysicalId], properties: readers[kind](Properties, id, ignored) })
  }

  const all = <K extends Kind>(kind: K) => read.get(kind) as unknown as ApiResource<K>[]
  return {
    ignored,
    all,
    find(kind, name, where, or = '') {
      const found = all(kind).find(one => one.names.includes(name))
      if (found) return found
      const ids = all(kind).map(one => one.id)
      throw invalid(where, name, `a ${kind} among the resources: ${ids.join(', ') || 'there is none'}${or}`)
    },
  }
}
