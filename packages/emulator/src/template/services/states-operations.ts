import type { ExecutionResult } from '@breakwater/asl'
import { type Input, type Operation, ServiceError } from '../../aws/json-service.ts'
import { parseJson } from '../../aws/parse-json.ts'
import { type Executions, type LocalMachine, printed, type StartedExecution } from './executions.ts'

/** The operations of Step Functions that run here, with the service's inputs, outputs and errors. */
export function statesOperations(executions: Executions): Readonly<Record<string, Operation>> {
  return { ...executionOperations(executions), ...tokenOperations(executions) }
}

function executionOperations(executions: Executions): Readonly<Record<string, Operation>> {
  const start = ({ stateMachineArn, input, name }: Input) =>
    executions.start(executions.machine(stateMachineArn), input, name)

  return {
    StartExecution(input) {
      const { arn, startDate } = start(input).execution
      return { executionArn: arn, startDate: seconds(startDate) }
    },

    async StartSyncExecution(input) {
      const { type } = executions.machine(input.stateMachineArn)
      if (type !== 'EXPRESS') throw wrongType('EXPRESS')
      const started = start(input)
      const result = await started.execution.result
      const ms = result.stopDate.getTime() - result.startDate.getTime()
      const billedDurationInMilliseconds = Math.max(1, Math.ceil(ms / 100)) * 100
      const billingDetails = { billedMemoryUsedInMB: 64, billedDurationInMilliseconds }
      return { ...described(started, result), billingDetails }
    },

    async DescribeExecution({ executionArn }) {
      const started = executions.find(executionArn)
      return described(started, await resultOf(started))
    },

    async StopExecution({ executionArn, error, cause }) {
      const { execution } = executions.find(executionArn)
      execution.stop(optionalText(error), optionalText(cause))
      return { stopDate: seconds((await execution.result).stopDate) }
    },

    GetExecutionHistory({ executionArn, reverseOrder, maxResults, nextToken }) {
      const { execution } = executions.find(executionArn)
      const events = execution.history.map(event => ({ ...event, timestamp: seconds(event.timestamp) }))
      return page('events', reverseOrder === true ? events.reverse() : events, maxResults, nextToken)
    },

    ListExecutions({ stateMachineArn, statusFilter, maxResults, nextToken }) {
      const machine = executions.machine(stateMachineArn)
      if (machine.type !== 'STANDARD') throw wrongType('STANDARD')
      const wanted = executions
        .of(machine)
        .filter(({ execution }) => statusFilter === undefined || execution.status === statusFilter)
      return page('executions', wanted.map(listed), maxResults, nextToken)
    },

    DescribeStateMachine({ stateMachineArn }) {
      const { arn, name, type, definition, createdAt } = executions.machine(stateMachineArn)
      const roleArn = `arn:aws:iam::${arn.split(':')[4]}:role/local`
      const creationDate = createdAt / 1_000
      return { stateMachineArn: arn, name, type, definition, roleArn, creationDate, status: 'ACTIVE' }
    },
  }
}

/** By these the holder of a task's token ends the task, or says that it still works. */
function tokenOperations(executions: Executions): Readonly<Record<string, Operation>> {
  const withToken = (send: (machine: LocalMachine) => void) => sendToWaiting(executions.machines, send)

  return {
    SendTaskSuccess({ taskToken, output }) {
      const value = outputOf(output)
      return withToken(machine => machine.sendTaskSuccess(printed(taskToken), value))
    },

    SendTaskFailure({ taskToken, error, cause }) {
      const [name, why] = [optionalText(error), optionalText(cause)]
      return withToken(machine => machine.sendTaskFailure(printed(taskToken), name, why))
    },

    SendTaskHeartbeat({ taskToken }) {
      return withToken(machine => machine.sendTaskHeartbeat(printed(taskToken)))
    },
  }
}

function sendToWaiting(machines: readonly LocalMachine[], send: (machine: LocalMachine) => void) {
  // A token does not say whose it is: each machine is asked until one knows it.
  let refusal: Error | undefined
  for (const machine of machines) {
    try {
      send(machine)
      return {}
    } catch (error) {
      if (!refusal || (error as Error).name !== 'TaskTimedOut') refusal = error as Error
    }
  }
  const { name = 'TaskTimedOut', message = 'No task waits with this token' } = refusal ?? {}
  throw new ServiceError(name, message)
}

/** The answer of DescribeExecution; `result` is undefined for an execution that still runs. */
export function described(started: StartedExecution, result: ExecutionResult | undefined) {
  const { output, error, cause } = result ?? {}
  return {
    ...listed(started),
    input: started.input,
    inputDetails: { included: true },
    ...(output !== undefined && { output: JSON.stringify(output), outputDetails: { included: true } }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
  }
}

async function resultOf({ execution }: StartedExecution): Promise<ExecutionResult | undefined> {
  return execution.status === 'RUNNING' ? undefined : execution.result
}

function listed({ execution, machine }: StartedExecution) {
  const { arn, name, status, startDate, stopDate } = execution
  return {
    executionArn: arn,
    stateMachineArn: machine.arn,
    name,
    status,
    startDate: seconds(startDate),
    ...(stopDate && { stopDate: seconds(stopDate) }),
  }
}

/** The protocol's times are seconds. */
function seconds(date: Date): number {
  return date.getTime() / 1_000
}

function wrongType(type: string): ServiceError {
  return new ServiceError('StateMachineTypeNotSupported', `This operation is for ${type} state machines only`)
}

/** One page: 100 items unless `maxResults` says otherwise, at most 1,000. */
function page(name: string, all: readonly unknown[], maxResults: unknown, nextToken: unknown) {
  const from = nextToken === undefined ? 0 : Number(printed(nextToken))
  if (!Number.isInteger(from) || from < 0)
    throw new ServiceError('InvalidToken', `Invalid Token: '${printed(nextToken)}'`)
  const size = maxResults || 100
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > 1_000) {
    throw new ServiceError('ValidationException', `maxResults: ${printed(maxResults)}; 0 to 1000 is allowed`)
  }
  const to = from + size
  return { [name]: all.slice(from, to), ...(to < all.length && { nextToken: String(to) }) }
}

function optionalText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw new ServiceError('SerializationException', 'error and cause are texts')
}

function outputOf(output: unknown): unknown {
  try {
    if (typeof output === 'string') return parseJson(output)
  } catch {
    // The error below says it.
  }
  throw new ServiceError('InvalidOutput', 'Invalid Output: no text of JSON')
}
