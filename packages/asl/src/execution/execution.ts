import type { Machine } from '../definition/model.ts'
import { StateFailure } from '../errors.ts'
import { Variables } from '../expressions/variables.ts'
import type { Clock } from '../time/clock.ts'
import type { Execution, ExecutionResult, ExecutionStatus, MachineType } from '../types.ts'
import type { Json } from '../values.ts'
import { type Payload, payload, type Surrounding } from './branch.ts'
import { Cancellation, Cancelled } from './cancellation.ts'
import { History, type Trail } from './history.ts'
import { runStates } from './run-states.ts'
import { whole } from './state-execution.ts'
import { after } from './timers.ts'

/** The longest that an execution may take, in seconds: five minutes, or a year. */
export const longestSeconds: Readonly<Record<MachineType, number>> = { EXPRESS: 300, STANDARD: 31_536_000 }

/** What an execution is made of. */
export interface ExecutionOptions extends Omit<Surrounding, 'history' | 'context' | 'newToken'> {
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
    const { name, arn, startDate } = this
    const history = this.#history
    const cancellation = this.#cancellation
    let tokens = 0
    const context = {
      Execution: {
        Id: arn,
        Input: input.value,
        Name: name,
        RoleArn: roleArn,
        StartTime: startDate.toISOString(),
        RedriveCount: 0,
      },
      StateMachine: { Id: options.machineArn, Name: options.machineName },
    }
    const newToken = () => Buffer.from(`${arn}#${++tokens}`).toString('base64url')
    const around: Surrounding = { ...options, history, context, newToken }
    const trail = { last: 0, newest: 0 }
    const strand = { around, cancellation, variables: new Variables(), item: undefined, ...trail }
    history.add(trail, 'ExecutionStarted', { input: input.text, inputDetails: whole, roleArn })
    const seconds = Math.min(machine.timeoutSeconds ?? Infinity, longestSeconds[type])
    const stopTimer = after(clock, seconds * 1_000, () => {
      cancellation.cancel(new Cancelled('TIMED_OUT', 'States.Timeout'))
    })
    // Whoever starts an execution has it in hand before its first state is entered.
    await undefined
    let ending: Ending
    try {
      const { text } = await runStates(machine, input, strand)
      // A copy: the value may be part of the definition.
      ending = { status: 'SUCCEEDED', output: JSON.parse(text) }
    } catch (error) {
      ending = endingOf(error)
    }
    stopTimer()
    return this.#end(ending, strand)
  }

  #end(ending: Ending, strand: Trail): ExecutionResult {
    const { status, output, error, cause } = ending
    const { arn, name, input, startDate } = this
    const what = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', ABORTED: 'Aborted' }[
      status
    ]
    const details =
      status === 'SUCCEEDED'
        ? { output: JSON.stringify(output), outputDetails: whole }
        : { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) }
    this.#history.add(strand, `Execution${what}`, details)
    this.status = status
    this.stopDate = new Date(this.#clock.now())
    const { stopDate, history } = this
    return { ...ending, history, startDate, stopDate, executionArn: arn, name, input }
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
