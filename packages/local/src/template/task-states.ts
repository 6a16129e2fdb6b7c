import { TaskError } from '../asl/errors.ts'
import type { TaskContext } from '../asl/types.ts'
import { ServiceError } from '../events/json-service.ts'
import type { StartedExecution } from './executions.ts'
import { described } from './states-operations.ts'
import type { Arguments, TaskSurroundings } from './tasks.ts'

/** Starts an execution of another machine, and with `.sync` or `.sync:2` waits for its end. */
export async function startExecution(
  args: Arguments,
  { resource, signal }: TaskContext,
  { executions }: TaskSurroundings,
): Promise<unknown> {
  const started = start(args, executions())
  const { arn, startDate, result } = started.execution
  if (resource.pattern !== 'RUN_JOB') return { ExecutionArn: arn, StartDate: startDate.toISOString() }

  // Whoever stops the parent stops the child.
  const stop = () =>
    started.execution.stop('States.TaskAborted', 'The execution that started this one was stopped')
  signal.addEventListener('abort', stop, { once: true })
  try {
    const ended = await result
    const { status } = ended
    const told = describedAs(started, await result, resource.version)
    if (status === 'SUCCEEDED') return told
    throw new TaskError('States.TaskFailed', JSON.stringify(told))
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function start(
  { StateMachineArn, Input = {}, Name }: Arguments,
  executions: ReturnType<TaskSurroundings['executions']>,
) {
  const input = typeof Input === 'string' ? Input : JSON.stringify(Input)
  try {
    return executions.start(executions.machine(StateMachineArn), input, Name)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    throw new TaskError(`StepFunctions.${error.code}Exception`, error.message)
  }
}

/** Version 1 has input and output as text, version 2 as JSON. */
function describedAs(
  started: StartedExecution,
  result: Awaited<StartedExecution['execution']['result']>,
  version: 1 | 2,
) {
  const told = described(started, result)
  const entries = Object.entries(told).map(([name, value]) => {
    const text = name === 'input' || name === 'output'
    const shown = text && version === 2 ? JSON.parse(String(value)) : value
    return [name.slice(0, 1).toUpperCase() + name.slice(1), shown] as const
  })
  return Object.fromEntries(entries)
}
