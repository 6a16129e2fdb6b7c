import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import type { Clock } from '@breakwater/circuit'
import type { LabelChange, RunRecord } from '../model.ts'
import { changeIdOf } from '../observe/label-change.ts'
import type { Records } from '../records/records.ts'
import type { RecycleInput } from '../workflow/protocol.ts'
import type { PlannerDependencies } from './planner-options.ts'

/** The executions of the workflow `recycle-services`. */
export interface Executions {
  /** Starts one, unless there was one of that name. */
  start(name: string, input: RecycleInput): Promise<'started' | 'exists'>
  /** Whether it is running. */
  isRunning(name: string): Promise<boolean>
}

/**
 * The executions of a state machine, through Step Functions.
 *
 * @param sfn needs `states:StartExecution` on the machine and `states:DescribeExecution` on its executions.
 * @param machine ARN of the state machine, a STANDARD one: its names can be used once.
 * @example
 * const executions = stepFunctionsExecutions(new SFNClient(), process.env.RECYCLER_MACHINE)
 * await executions.start('db-3f2a-1-1', { secretId: 'db' })
 */
export function stepFunctionsExecutions(sfn: Pick<SFNClient, 'send'>, machine: string): Executions {
  return {
    async start(name, input) {
      try {
        const request = { stateMachineArn: machine, name, input: JSON.stringify(input) }
        await sfn.send(new StartExecutionCommand(request))
        return 'started'
      } catch (error) {
        if (error instanceof ExecutionAlreadyExists) return 'exists'
        throw error
      }
    },
    async isRunning(name) {
      const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${name}`
      try {
        const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }))
        return status === 'RUNNING' || status === 'PENDING_REDRIVE'
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return false
        throw error
      }
    },
  }
}

/**
 * Starts the first execution for a change, unless a run is on record: duplicates start nothing, and one that died is
 * taken up by the reconcile.
 */
export async function ensureRun(
  { records, executions, options }: Pick<PlannerDependencies, 'records' | 'executions' | 'options'>,
  labelChange: LabelChange,
): Promise<'started' | 'exists'> {
  const change = changeIdOf(labelChange)
  const { value: run } = await records.run(change)
  if (run) return 'exists'
  return executions.start(`${change}-${options?.dryRun === false ? 1 : 'dry'}`, inputOf(labelChange))
}

/** What an execution for a label change is started with: the same every time, as a name stands for an input. */
export function inputOf({ source, label, sequence }: LabelChange): RecycleInput {
  return { secretId: source, label, sequence }
}

/** Whether an execution may work on a change. */
type Claim =
  | { readonly mine: true; readonly run: RunRecord }
  | { readonly mine: false; readonly ending: 'already-running' | 'failed' }

/**
 * Claims a change for an execution, so that no two recycle for it at once. A change whose execution died is claimed by
 * the next one; a change that failed only by a start by hand, which names no change.
 */
export async function claim(
  { records, executions, clock }: { records: Records; executions: Executions; clock: Clock },
  { labelChange, execution, byHand }: { labelChange: LabelChange; execution: string; byHand: boolean },
): Promise<Claim> {
  const change = changeIdOf(labelChange)
  for (;;) {
    const { value: before, revision } = await records.run(change)
    if (before?.execution === execution) {
      if (before.status === 'failed') return { mine: false, ending: 'failed' }
      if (before.status === 'running') return { mine: true, run: before }
    } else if (before?.status === 'failed' && !byHand) {
      return { mine: false, ending: 'failed' }
    } else if (before?.status === 'running' && (await executions.isRunning(before.execution))) {
      return { mine: false, ending: 'already-running' }
    }
    const { source, label, versionId, sequence } = labelChange
    const run: RunRecord = {
      change,
      labelChange: { source, label, versionId, sequence },
      attempt: (before?.attempt ?? 0) + 1,
      execution,
      status: 'running',
      startedAt: before?.startedAt ?? clock.now(),
      canaryDone: before?.canaryDone ?? false,
    }
    if ((await records.saveRun(run, revision)) !== undefined) return { mine: true, run }
  }
}
