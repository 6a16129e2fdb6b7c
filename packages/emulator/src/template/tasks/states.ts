import { type ExecutionResult, type TaskContext, TaskError } from '@breakwater/asl'
import { startChecks } from '../../access/checks.ts'
import { ServiceError } from '../../aws/json-service.ts'
import type { StartedExecution } from '../services/executions.ts'
import { described } from '../services/states-operations.ts'
import type { Arguments, TaskDependencies } from './task.ts'

/** Starts an execution of another machine, and with `.sync` or `.sync:2` waits for its end. */
export async function startExecution(
  args: Arguments,
  { resource, signal }: TaskContext,
  { executions, place, report }: TaskDependencies,
): Promise<unknown> {
  report(() => startChecks(place, args.StateMachineArn, resource.pattern === 'RUN_JOB'))
  const started = start(args, executions())
  const { arn, startDate, result } = started.execution
  if (resource.pattern !== 'RUN_JOB') return { ExecutionArn: arn, StartDate: startDate.getTime() }

  // A parent that is stopped stops its child.
  const stop = () =>
    started.execution.stop('States.TaskAborted', 'The execution that started this one was stopped')
  signal.addEventListener('abort', stop, { once: true })
  try {
    const ended = await result
    const description = describedAs(started, ended, resource.version)
    if (ended.status === 'SUCCEEDED') return description
    throw new TaskError('States.TaskFailed', JSON.stringify(description))
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function start(
  { StateMachineArn, Input = {}, Name }: Arguments,
  executions: ReturnType<TaskDependencies['executions']>,
) {
  const input = typeof Input === 'string' ? Input : JSON.stringify(Input)
  try {
    return executions.start(executions.machine(StateMachineArn), input, Name)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    throw new TaskError(`StepFunctions.${error.code}Exception`, error.message)
  }
}

/** Version 1 has input and output as text, version 2 as JSON. Times are epoch ms. */
function describedAs(started: StartedExecution, result: ExecutionResult, version: 1 | 2) {
  const { input, output, ...description } = described(started, result)
  const json = (text: string) => (version === 1 ? text : JSON.parse(text))
  const Details = { Included: true }
  return {
    ExecutionArn: description.executionArn,
    Input: json(input),
    InputDetails: Details,
    Name: description.name,
    ...(output !== undefined && { Output: json(output), OutputDetails: Details }),
    ...(description.error !== undefined && { Error: description.error }),
    ...(description.cause !== undefined && { Cause: description.cause }),
    StartDate: result.startDate.getTime(),
    StateMachineArn: description.stateMachineArn,
    Status: description.status,
    StopDate: result.stopDate.getTime(),
  }
}
