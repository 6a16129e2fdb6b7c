import type { TaskContext } from '@breakwater/asl'
import type { Checks } from '../../access/callers.ts'
import type { Place } from '../../access/checks.ts'
import type { PermissionCheck } from '../../access/service-call.ts'
import type { InvocationOutcome } from '../../lambda/scheduler.ts'
import type { AwsAnswer } from '../../rest/types.ts'
import type { Executions } from '../services/executions.ts'

/** Arguments of a task. */
export type Arguments = Readonly<Record<string, unknown>>

/** The services that tasks use. */
export interface TaskDependencies {
  readonly call: (service: string, action: string, body: string, signal?: AbortSignal) => Promise<AwsAnswer>
  /** Undefined for a function that is not here. */
  readonly invoke: (nameOrArn: string, event: string) => Promise<InvocationOutcome> | undefined
  readonly executions: () => Executions
  readonly place: Place
  /** Of the machine whose task it is. */
  readonly machineArn: string
  /** Whether the role of the machine may call an endpoint; true of a role that no template has. */
  readonly mayCall: (check: PermissionCheck) => boolean
  /** Reports a call that no endpoint sees. */
  readonly report: (checks: Checks) => void
}

/** Does the work of one kind of task. */
export type Work = (args: Arguments, context: TaskContext, dependencies: TaskDependencies) => unknown
