import type { Step } from '../aws/agenda.ts'
import type { Reading } from '../aws/lookup.ts'

/** Tags as ECS has them. */
export type Tags = Map<string, string>
export type Json = Readonly<Record<string, unknown>>

/** How long things take, in ms. */
export interface EcsTiming {
  /** From the launch of a task until it runs, or fails to. @default 500 */
  readonly startMs: number
  /** From the order to stop a task until it is stopped. @default 500 */
  readonly stopMs: number
  /** How long all has to be well before a deployment counts as completed. @default 500 */
  readonly steadyMs: number
  /** From a failed start to the next one; doubled with every round, up to 32 times. @default 500 */
  readonly retryMs: number
}

export interface Cluster {
  readonly name: string
  readonly arn: string
  readonly tags: Tags
  readonly settings: unknown
  readonly services: Map<string, Service>
  /** Those that have not stopped, by ARN. */
  readonly tasks: Map<string, Task>
  /** Those that stopped within the last hour, by ARN, the first one first. */
  readonly stopped: Map<string, Task>
}

export interface TaskDefinition {
  readonly arn: string
  readonly family: string
  readonly revision: number
  /** What was registered, with the service's defaults. */
  readonly content: Json
  readonly tags: Tags
  readonly registeredAt: number
  /** Every reference to a secret or parameter. */
  readonly references: readonly string[]
  deregisteredAt?: number
}

/** A deployment of a service, or a task set of one that others deploy. */
export interface Deployment {
  readonly id: string
  readonly taskDefinition: TaskDefinition
  readonly createdAt: number
  /** Made because another failed. */
  readonly rollback: boolean
  status: 'PRIMARY' | 'ACTIVE'
  /** When another one took its place. */
  replacedAt?: number
  updatedAt: number
  state: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'
  reason: string
  failedTasks: number
  /** Rounds of failed starts one after the other, and when the last one was. */
  failedRounds: number
  failedAt: number
  /** No task is started before, epoch ms. */
  holdUntil: number
  /** What goes on then. */
  wake: Step | undefined
  /** What completes it, while all is well. */
  steady: Step | undefined
}

export interface Service {
  readonly arn: string
  readonly name: string
  readonly cluster: Cluster
  readonly controller: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL'
  readonly scheduling: 'REPLICA' | 'DAEMON'
  readonly createdAt: number
  /** Further parameters that are kept and told. */
  extras: Json
  readonly tags: Tags
  readonly tasks: Set<Task>
  /** Newest first. */
  deployments: Deployment[]
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE'
  desired: number
  taskDefinition: TaskDefinition | undefined
  configuration: Json
  /** The last one that completed. */
  completed?: Deployment
  events: { readonly id: string; readonly at: number; readonly message: string }[]
  /** Tasks that will not start. */
  failing: { left: number; readonly rollbacks: boolean }
}

export interface Task {
  readonly arn: string
  readonly id: string
  readonly cluster: Cluster
  readonly group: string
  readonly taskDefinition: TaskDefinition
  readonly service?: Service
  readonly deployment?: Deployment
  readonly startedBy: string | undefined
  readonly launchType: string
  readonly tags: Tags
  readonly createdAt: number
  readonly readings: readonly Reading[]
  lastStatus: 'PENDING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPED'
  desiredStatus: 'RUNNING' | 'STOPPED'
  startedAt?: number
  stoppingAt?: number
  stoppedAt?: number
  stopCode?: string
  stoppedReason?: string
}
