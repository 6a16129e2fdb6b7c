import type { Clock } from '@breakwater/circuit'
import type { RolePolicies } from '../access/allows.ts'
import type { Callers } from '../access/callers.ts'
import type { EventEntry } from '../aws/event.ts'
import type { InvocationOutcome } from '../lambda/scheduler.ts'
import type { Queue } from '../queues/queue.ts'
import type { CallService } from './aws-calls.ts'
import type { Naming } from './naming.ts'
import type { Endpoints, LocalStack, StackOptions } from './stack-options.ts'
import type { ResolvedResource } from './types.ts'

/** Properties of a type that have an effect here, and those that may stand in a template without one, with the reason. */
export interface PropertyList {
  readonly supported: readonly string[]
  readonly ignored: Readonly<Record<string, string>>
}

/** One type of resource, as its service declares it. */
export interface ResourceType {
  readonly naming: Naming
  /** Where it is left out, the service has a list of its own, and refuses all other properties. */
  readonly properties?: PropertyList
  /** Why a resource of this type does nothing here; it may be referred to all the same. */
  readonly inert?: string
}

/** A kind of service: the types of resources that it makes, and how it starts. */
export interface ServiceDefinition {
  readonly types: Readonly<Record<string, ResourceType>>
  /**
   * Starts the service with the resources of its types.
   *
   * @throws TypeError naming the resource and what is wrong or not supported; PortError for a port that cannot be had.
   */
  start(resources: readonly ResolvedResource[], context: StackContext): Promise<Service>
}

/** Takes the input that a rule delivers. */
export type Receiver = (input: string, groupId: string | undefined) => unknown

/**
 * A service that runs. It answers requests of the other services by the optional functions; each answers undefined for an
 * ARN or a name that is not its own.
 */
export interface Service {
  /** Its part of the stack that users get. */
  readonly members?: Partial<LocalStack>
  readonly endpoints?: Partial<Endpoints>
  /** URL of the endpoint that refuses requests to all services that are not here. */
  readonly fallbackEndpoint?: string
  /** Finds the receiver behind a rule's target. */
  receiverOf?(arn: string): Receiver | undefined
  queue?(arn: string): Queue | undefined
  /** Invokes a function, by name or ARN, with an event in JSON. */
  invoke?(nameOrArn: string, event: string): Promise<InvocationOutcome> | undefined
  /** Puts an event on the default bus. */
  emit?(event: EventEntry): void
  /** Calls the service in this process, which spares a request its connection. */
  readonly call?: Readonly<Record<string, CallService>>
  /** Runs when all services have started: refuses references that lead nowhere, and starts consumers. */
  connect?(): void
  /** Runs before any service closes: ends work that waits for other services. */
  stop?(): Promise<unknown>
  /** Ends its resources and its endpoint. */
  close(): Promise<unknown>
}

/** The settings of the stack, and the answers of its services to each other. */
export interface StackContext {
  readonly options: StackOptions
  readonly region: string
  readonly account: string
  readonly clock: Clock
  readonly random: () => number
  readonly ports: NonNullable<StackOptions['ports']>
  readonly log: (line: string) => void
  /** Reports who calls what. */
  readonly callers: Callers
  /** The policies of a role, as far as they are in the templates. */
  policiesOf(roleArn: string | undefined): RolePolicies
  /** Paths of assets by object key. */
  readonly assets: Readonly<Record<string, string>>
  /** URLs of the services that have started so far. */
  endpoints(): Partial<Endpoints>
  /** Environment variables by which an SDK finds the services that have started so far. */
  variables(): Record<string, string>
  receiverOf(arn: string): Receiver | undefined
  queue(arn: string): Queue | undefined
  invoke(nameOrArn: string, event: string): Promise<InvocationOutcome> | undefined
  emit(event: EventEntry): void
  /** Calls a service by its JSON protocol, in this process where it offers that. */
  readonly call: CallService
}
