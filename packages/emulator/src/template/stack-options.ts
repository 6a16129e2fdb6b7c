import type { CircuitEvent, Clock } from '@breakwater/circuit'
import {
  aFunction,
  anObject,
  type Checks,
  checkOptions,
  checkValue,
  count,
  textLike,
} from '@breakwater/circuit/shared'
import type { ServiceCall } from '../access/service-call.ts'
import { aClock, aPort, aRegion } from '../aws/checks.ts'
import type { Ecs } from '../ecs/ecs.ts'
import type { EcsOptions } from '../ecs/options.ts'
import type { EventBus } from '../events/bus.ts'
import type { EventSource } from '../queues/event-source.ts'
import type { Queue } from '../queues/queue.ts'
import type { Credentials, SignedFetch, SignRequest } from '../rest/signature.ts'
import type { RestApi } from '../rest/types.ts'
import type { Parameters } from '../secrets/parameters.ts'
import type { Secrets } from '../secrets/secrets.ts'
import type { Registry } from './registry.ts'
import type { Executions, LocalMachine } from './services/executions.ts'
import type { LocalFunction } from './services/functions.ts'
import type { ResolvedResource, ResolveOptions } from './types.ts'

/** Options of `startStack`. */
export interface StackOptions extends Omit<ResolveOptions, 'queueOrigin'> {
  /** Time of state machines, queues, buses, APIs, ECS and secrets. Functions have the machine's own. @default systemClock */
  readonly clock?: Clock
  /** Jitter of retries; returns 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number
  /** Variables of a function's environment beside the template's and the addresses. @default none */
  readonly env?: (functionName: string, environment: string) => Readonly<Record<string, string>>
  /** Most environments of a function. @default 8 */
  readonly maxEnvironments?: number
  /** Ports; 0 for a free one. `apis` by the name or logical id of the API. @default 0 */
  readonly ports?: {
    readonly dynamodb?: number
    readonly sqs?: number
    readonly events?: number
    readonly lambda?: number
    readonly states?: number
    readonly ecs?: number
    readonly secretsmanager?: number
    readonly ssm?: number
    readonly apis?: Readonly<Record<string, number>>
  }
  /** How long deployments of ECS take, and how many calls are let through. */
  readonly ecs?: Pick<EcsOptions, 'timing' | 'rates' | 'instances'>
  /** Called with every event of a circuit in an environment. */
  readonly onCircuitEvent?: (functionName: string, environment: string, event: CircuitEvent) => void
  /** Called with the output of an environment, in chunks. */
  readonly onLog?: (functionName: string, environment: string, text: string) => void
  /**
   * Called with every call that a part of the stacks makes to an AWS service, before it is answered: by which role, which
   * action, which resource, with which condition keys. Calls from outside, as those of a test's own client, are not reported.
   *
   * @default nothing is reported
   */
  readonly onServiceCall?: (call: ServiceCall) => void
  /** Called with a line for whatever is ignored, and for a failure that no caller waits for. @default nothing is logged */
  readonly log?: (line: string) => void
}

/** URLs of the services, for clients of the SDK. */
export interface Endpoints {
  readonly dynamodb: string
  readonly sqs: string
  readonly events: string
  readonly lambda: string
  readonly states: string
  readonly ecs: string
  readonly secretsmanager: string
  readonly ssm: string
}

/** A role of the templates. */
export interface LocalRole {
  readonly arn: string
  /** To sign requests in its name, as after `sts:AssumeRole`. */
  readonly credentials: Credentials
  /** Signs a request by them, for a client other than {@link fetch}. */
  readonly sign: SignRequest
  /** Sends a request that is signed by them. */
  readonly fetch: SignedFetch
}

/** Stacks that run. */
export interface LocalStack {
  readonly endpoints: Endpoints
  /** Environment variables by which the SDK of any process finds the services: region, credentials, endpoints. */
  readonly variables: Readonly<Record<string, string>>
  /** All resources, each after those it needs. */
  readonly resources: readonly ResolvedResource[]
  /** Values of outputs, by stack and name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly apis: Registry<RestApi>
  /** The roles, to call a method with authorization `AWS_IAM` as one of them. */
  readonly roles: Registry<LocalRole>
  readonly functions: Registry<LocalFunction>
  readonly machines: Registry<LocalMachine>
  readonly executions: Executions
  readonly buses: Registry<EventBus>
  readonly queues: Registry<Queue>
  readonly eventSources: Registry<EventSource>
  /** ECS, empty at first. Its events go to the default bus, and its tasks read from `secrets` and `parameters`. */
  readonly ecs: Ecs
  /** Secrets Manager, empty at first. Its events go to the default bus. */
  readonly secrets: Secrets
  /** Parameter Store, empty at first. Its events go to the default bus. */
  readonly parameters: Parameters
  /** Requests to the tables that read and that wrote items so far. */
  tableCounts(): { readonly reads: number; readonly writes: number }
  /** Ends everything. May be called more than once. */
  close(): Promise<void>
}

const ports: Checks<NonNullable<StackOptions['ports']>> = {
  dynamodb: aPort,
  sqs: aPort,
  events: aPort,
  lambda: aPort,
  states: aPort,
  ecs: aPort,
  secretsmanager: aPort,
  ssm: aPort,
  apis: anObject,
}

/** @throws TypeError naming the option that is unknown or wrong. */
export function checkStackOptions(options: StackOptions): void {
  checkOptions('startStack', options, {
    region: aRegion,
    account: textLike(/^\d{12}$/, 'an account id of 12 digits'),
    parameters: anObject,
    clock: aClock,
    random: aFunction,
    env: aFunction,
    maxEnvironments: count,
    ports: anObject,
    ecs: anObject,
    onCircuitEvent: aFunction,
    onLog: aFunction,
    onServiceCall: aFunction,
    log: aFunction,
  })
  checkOptions('startStack', options.ports ?? {}, ports, 'ports.')
  for (const [name, value] of Object.entries(options.ports?.apis ?? {})) {
    checkValue('startStack', `ports.apis.${name}`, value, aPort)
  }
}
