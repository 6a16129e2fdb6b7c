import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import type { RecycleInput } from '../workflow/protocol.ts'

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
