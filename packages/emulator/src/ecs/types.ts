import type { Reading } from '../aws/lookup.ts'
import type { Timer } from '../aws/timer-queue.ts'

/** Tags as ECS has them. */
export type Tags = Map<string, string>
export type Json = Readonly<Record<string, unknown>>

export interface Cluster {
  readonly name: string
  readonly arn: string
  readonly tags: Tags
  readonly settings: unknown
  readonly services: Map<string, Service>
  /** Tasks that have not stopped, by ARN. */
  readonly tasks: Map<string, Task>
  /** Tasks that stopped within the last hour, by ARN, the first one first. */
  readonly stopped: Map<string, Task>
}

export interface TaskDefinition {
  readonly arn: string
  readonly family: string
  readonly revision: number
  /** The registered content, with the service's defaults. */
  readonly content: Json
  readonly tags: Tags
  readonly registeredAt: number
  /** Every reference to a secret or parameter. */
  readonly references: readonly string[]
  deregisteredAt?: number
}

/** A deployment of a service, or the task set of one with another deployment controller. */
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
  /** The timer that goes on then. */
  wake: Timer | undefined
  /** The timer that completes it, while it is steady. */
  steady: Timer | undefined
}

export interface Service {
  readonly arn: string
  readonly name: string
  readonly cluster: Cluster
  readonly controller: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL'
  readonly scheduling: 'REPLICA' | 'DAEMON'
  readonly createdAt: number
  /** Further parameters, stored and described. */
  extras: Json
  readonly tags: Tags
  readonly tasks: Set<Task>
  /** Newest first. */
  deployments: Deployment[]
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE'
  desired: number
  taskDefinition: TaskDefinition | undefined
  configuration: Json
  /** The last deployment that completed. */
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
