import type { Machine } from '../definition/model.ts'
import { StateFailure } from '../errors.ts'
import { Variables } from '../expressions/variables.ts'
import type { Clock } from '../time/clock.ts'
import type { Execution, ExecutionResult, ExecutionStatus, MachineType } from '../types.ts'
import type { Json, JsonObject } from '../values.ts'
import { type Branch, type ExecutionContext, type Payload, payload } from './branch.ts'
import { Cancellation, Cancelled } from './cancellation.ts'
import { History, type HistoryPosition } from './history.ts'
import { runStates } from './run-states.ts'
import { notTruncated } from './state-execution.ts'
import { after } from './timers.ts'

/** The most seconds that an execution may take: five minutes, or a year. */
const maxExecutionSeconds: Readonly<Record<MachineType, number>> = {
  EXPRESS: 300,
  STANDARD: 31_536_000,
}

/** Options of {@link MachineExecution}. */
export interface ExecutionOptions extends Omit<ExecutionContext, 'history' | 'contextObject' | 'newToken'> {
  readonly machine: Machine
  readonly machineArn: string
  readonly machineName: string
  readonly type: MachineType
  readonly roleArn: string
  readonly arn: string
  readonly name: string
  readonly input: Json
}

type Ending = Pick<ExecutionResult, 'status' | 'output' | 'error' | 'cause'>

/** Runs a machine once. */
export class MachineExecution implements Execution {
  readonly arn: string
  readonly name: string
  readonly input: Json
  readonly startDate: Date
  readonly result: Promise<ExecutionResult>
  status: ExecutionStatus = 'RUNNING'
  stopDate: Date | undefined
  readonly #clock: Clock
  readonly #history: History
  readonly #cancellation = new Cancellation()

  constructor(options: ExecutionOptions) {
    const { arn, name, input, clock } = options
    this.arn = arn
    this.name = name
    this.input = input
    this.#clock = clock
    this.#history = new History(clock.now)
    this.startDate = new Date(clock.now())
    this.result = this.#run(options, payload(input))
  }

  get history(): ExecutionResult['history'] {
    return this.#history.events
  }

  stop(error?: string, cause?: string): void {
    this.#cancellation.cancel(new Cancelled('ABORTED', error, cause))
  }

  async #run(options: ExecutionOptions, input: Payload): Promise<ExecutionResult> {
    const { machine, type, clock, roleArn } = options
    const { arn, startDate } = this
    const history = this.#history
    const cancellation = this.#cancellation
    let tokens = 0
    const newToken = () => Buffer.from(`${arn}#${++tokens}`).toString('base64url')
    const contextObject = contextObjectOf(options, startDate)
    const context: ExecutionContext = { ...options, history, contextObject, newToken }
    const start = { previousId: 0, newestId: 0 }
    const branch: Branch = {
      context,
      cancellation,
      variables: new Variables(),
      mapItem: undefined,
      ...start,
    }
    history.add(start, 'ExecutionStarted', { input: input.text, inputDetails: notTruncated, roleArn })
    const seconds = Math.min(machine.timeoutSeconds ?? Infinity, maxExecutionSeconds[type])
    const stopTimer = after(clock, seconds * 1_000, () => {
      cancellation.cancel(new Cancelled('TIMED_OUT', 'States.Timeout'))
    })
    // The caller of start() gets the execution before its first state is entered.
    await undefined
    let ending: Ending
    try {
      const { text } = await runStates(machine, input, branch)
      // A copy: the value may be part of the definition.
      ending = { status: 'SUCCEEDED', output: JSON.parse(text) }
    } catch (error) {
      ending = endingOf(error)
    }
    stopTimer()
    return this.#end(ending, branch)
  }

  #end(ending: Ending, position: HistoryPosition): ExecutionResult {
    const { status, output, error, cause } = ending
    const { arn, name, input, startDate } = this
    const suffix = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', ABORTED: 'Aborted' }[
      status
    ]
    const details =
      status === 'SUCCEEDED'
        ? { output: JSON.stringify(output), outputDetails: notTruncated }
        : { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) }
    this.#history.add(position, `Execution${suffix}`, details)
    this.status = status
    this.stopDate = new Date(this.#clock.now())
    const { stopDate, history } = this
    return { ...ending, history, startDate, stopDate, executionArn: arn, name, input }
  }
}

/** The part of the context object that stays the same in all states. */
function contextObjectOf(options: ExecutionOptions, startDate: Date): JsonObject {
  return {
    Execution: {
      Id: options.arn,
      Input: options.input,
      Name: options.name,
      RoleArn: options.roleArn,
      StartTime: startDate.toISOString(),
      RedriveCount: 0,
    },
    StateMachine: { Id: options.machineArn, Name: options.machineName },
  }
}

function endingOf(error: unknown): Ending {
  if (error instanceof Cancelled && error.status !== 'BRANCH') {
    const { status, error: name, cause } = error
    return { status, ...(name !== undefined && { error: name }), ...(cause !== undefined && { cause }) }
  }
  const failure =
    error instanceof StateFailure
      ? error
      : new StateFailure('States.Runtime', error instanceof Error ? error.message : String(error))
  const { error: name, cause } = failure
  return { status: 'FAILED', ...(name && { error: name }), ...(cause && { cause }) }
}
