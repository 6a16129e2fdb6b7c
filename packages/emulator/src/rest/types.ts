import type { Clock } from '@breakwater/circuit'

/** A resource of a CloudFormation template whose intrinsic functions are already resolved. */
export interface ResolvedResource {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, unknown>>
  /** The value of its `Ref`. @default its logical id */
  readonly PhysicalId?: string
}

/**
 * The resources of one REST API, by logical id. They refer to each other by logical id or by `PhysicalId`; the root
 * resource is `<id of the RestApi>.RootResourceId`.
 */
export type RestApiResources = Readonly<Record<string, ResolvedResource>>

/** The method whose integration calls. */
export interface IntegrationOrigin {
  /** Logical id of the method. */
  readonly method: string
  /** Stage, HTTP method and path: `prod/POST/orders`. */
  readonly path: string
  /** ARN of the role to call by; undefined where API Gateway calls in its own name. */
  readonly credentials: string | undefined
}

/** The part of an AWS integration's request that is neither action, body nor headers. */
export interface AwsCall {
  readonly region: string
  readonly method: string
  readonly origin: IntegrationOrigin
  readonly query: Readonly<Record<string, string>>
  /** Aborted when API Gateway would wait no longer. */
  readonly signal: AbortSignal
}

/** The answer of an AWS service. */
export interface AwsAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Calls an AWS service for an integration of type `AWS`.
 *
 * @param service as in the integration's URI: `states`, `dynamodb`, `sqs`
 * @param action the action, `StartSyncExecution`; for a URI with a path `path/…` as it stands there
 */
export type InvokeAws = (
  service: string,
  action: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  call: AwsCall,
) => Promise<AwsAnswer>

/** The error of a function, as Lambda reports it. */
export interface FunctionError {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace: readonly string[]
}

/** How the invocation of a function ended, or why it never began. */
export type FunctionOutcome =
  /** `value` is the answer, in JSON. */
  | { readonly kind: 'answered'; readonly value: string }
  | { readonly kind: 'threw' | 'crashed'; readonly error: FunctionError }
  | { readonly kind: 'timed-out'; readonly afterMs: number }
  /** Refused because too many invocations wait, or because one waited too long. */
  | { readonly kind: 'throttled' | 'expired' }

/** Invokes a function, named by its ARN, with an event in JSON. */
export type InvokeLambda = (
  functionArn: string,
  event: string,
  origin: IntegrationOrigin,
) => Promise<FunctionOutcome>

/** Who signs requests to methods whose `AuthorizationType` is `AWS_IAM`. */
export interface ApiCaller {
  readonly secretAccessKey: string
  /** Of temporary credentials: a request has to bring it. */
  readonly sessionToken?: string
  /** ARN of the user, or of the session of a role. */
  readonly arn: string
  /** The unique id, as `$context.identity.caller` has it: `AIDA…` of a user, `AROA…:session` of a role. */
  readonly id: string
  /**
   * Whether it may call `STAGE/METHOD/path`, whose path is that of the request.
   *
   * @default everything
   */
  mayCall?(path: string): boolean
}

/** Options of `createRestApi`. */
export interface RestApiOptions {
  /** Needed if an integration calls an AWS service. */
  readonly invokeAws?: InvokeAws
  /** Needed if an integration calls a function. */
  readonly invokeLambda?: InvokeLambda
  /**
   * Whose access key an id is; undefined for nobody's. Methods without authorization do not ask.
   *
   * @default the user `local`, whose key and secret are `local`
   */
  readonly callerOf?: (accessKeyId: string) => ApiCaller | undefined
  /**
   * ARN of the API, without a stage. Requests are signed for its Region.
   *
   * @default 'arn:aws:execute-api:us-east-1:000000000000:local'
   */
  readonly arn?: string
  /** Time for signatures, throttles, quotas and timeouts. @default systemClock */
  readonly clock?: Clock
  /** Gets a line for every property that is ignored, and for every error that API Gateway would log. @default nothing */
  readonly log?: (line: string) => void
  /** @default 0, a free one */
  readonly port?: number
}

/** A REST API that listens on 127.0.0.1. */
export interface RestApi {
  /** Without the stage: `http://127.0.0.1:4711`. Every path is also served under `/<stage>`. */
  readonly url: string
  readonly port: number
  readonly stage: string
  /** The value of each API key by the logical id of its resource; one is made up where the template gives none. */
  readonly apiKeys: Readonly<Record<string, string>>
  /** Stops at once: open connections are cut, timers cleared and calls still under way aborted. */
  close(): Promise<void>
}
