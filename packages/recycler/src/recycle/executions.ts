import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import type { Clock } from '@breakwater/circuit'
import type { Move, RunRecord } from '../model.ts'
import { changeIdOf } from '../observe/label-change.ts'
import type { Records } from '../records/records.ts'
import type { RecycleInput } from '../workflow/protocol.ts'
import type { PlannerParts } from './planner-options.ts'

/** The executions of the workflow `recycle-services`. */
export interface Executions {
  /** Starts one, unless there was one of that name. */
  start(name: string, input: RecycleInput): Promise<'started' | 'exists'>
  /** Whether it is at work. */
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
  { records, executions, options }: Pick<PlannerParts, 'records' | 'executions' | 'options'>,
  move: Move,
): Promise<'started' | 'exists'> {
  const change = changeIdOf(move)
  const { value: run } = await records.run(change)
  if (run) return 'exists'
  return executions.start(`${change}-${options?.dryRun === false ? 1 : 'dry'}`, inputOf(move))
}

/** What an execution for a move is started with: the same every time, as a name stands for an input. */
export function inputOf({ source, label, sequence }: Move): RecycleInput {
  return { secretId: source, label, sequence }
}

/** Whether an execution may work on a change. */
type Claim =
  | { readonly mine: true; readonly run: RunRecord }
  | { readonly mine: false; readonly ending: 'already-running' | 'failed' }

/**
 * Takes a change in hand, so that no two executions recycle for it at once. One that is dead is followed; one that
 * failed only by a person, who names no change.
 */
export async function claim(
  { records, executions, clock }: { records: Records; executions: Executions; clock: Clock },
  { move, execution, byHand }: { move: Move; execution: string; byHand: boolean },
): Promise<Claim> {
  const change = changeIdOf(move)
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
    const { source, label, versionId, sequence } = move
    const run: RunRecord = {
      change,
      move: { source, label, versionId, sequence },
      attempt: (before?.attempt ?? 0) + 1,
      execution,
      status: 'running',
      startedAt: before?.startedAt ?? clock.now(),
      canaryDone: before?.canaryDone ?? false,
    }
    if ((await records.saveRun(run, revision)) !== undefined) return { mine: true, run }
  }
}
