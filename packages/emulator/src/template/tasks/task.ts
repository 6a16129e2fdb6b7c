import type { TaskContext } from '@breakwater/asl'
import type { InvocationOutcome } from '../../lambda/scheduler.ts'
import type { CallService } from '../aws-calls.ts'
import type { Executions } from '../services/executions.ts'

/** Arguments of a task. */
export type Arguments = Readonly<Record<string, unknown>>

/** The services that tasks use. */
export interface TaskDependencies {
  readonly call: CallService
  /** Undefined for a function that is not here. */
  readonly invoke: (nameOrArn: string, event: string) => Promise<InvocationOutcome> | undefined
  readonly executions: () => Executions
}

/** Does the work of one kind of task. */
export type Work = (args: Arguments, context: TaskContext, dependencies: TaskDependencies) => unknown
