import { anObject, checkOptions, invalid } from './check-options.ts'
import { createStateMachine, machineChecks, startChecks } from './state-machine.ts'
import { callTaskHandler, NoHandlerError, type TaskHandler } from './task-handlers.ts'
import { type Clock, isAdvancing, VirtualClock } from './time/clock.ts'
import { VirtualTimeDriver } from './time/virtual-time.ts'
import type { Execution, ExecutionResult, Integration, MachineType } from './types.ts'

/** Options of {@link runStateMachine}. */
export interface RunOptions {
  /** A value of JSON, at most 256 KiB. @default {} */
  readonly input?: unknown
  /**
   * Mocks of the tasks: by the name of the state, by ARN or name of the Lambda function that it invokes, or by its
   * Resource, in this order. @default none
   */
  readonly tasks?: Readonly<Record<string, TaskHandler>>
  /**
   * A virtual clock (a {@link VirtualClock} of this package or of `@breakwater/circuit/testing`) is advanced whenever the
   * execution waits for nothing but time; any other clock is left alone. @default a virtual one, at 1_800_000_000_000
   */
  readonly clock?: Clock
  /** Returns 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number
  /** @default 'STANDARD' */
  readonly type?: MachineType
  /** Name of the execution. @default made by `random` */
  readonly name?: string
  /** ARN of the machine. @default one of its own */
  readonly arn?: string
}

/**
 * Runs a state machine to its end, in virtual time: hours of Wait, Retry and TimeoutSeconds take milliseconds. Time stands
 * still while a task does external work (a socket, a file, a timer of Node), unless it has set a timer on the same clock:
 * then it is taken to wait for that.
 *
 * A task that never answers ends by its TimeoutSeconds, or by the end of the execution's time (EXPRESS five minutes,
 * STANDARD a year).
 *
 * @param definition an object, or JSON; JSONata mode.
 * @returns status, output or error and cause, and the history.
 * @throws DefinitionError for what is wrong in the definition or not supported; TypeError for a bad option, and for a task
 * that was reached and has no mock in `tasks`.
 * @example
 * const { status, output, history } = await runStateMachine(definition, {
 *   input: { order: 7 },
 *   tasks: { 'Charge payment': () => { throw new TaskError('Payment.Down') }, fulfil: order => ({ ...order, ok: true }) },
 * })
 */
export async function runStateMachine(
  definition: unknown,
  options: RunOptions = {},
): Promise<ExecutionResult> {
  checkOptions<RunOptions>('runStateMachine', options, { ...machineChecks, ...startChecks, tasks: anObject })
  const { input, name, tasks = {}, clock = new VirtualClock(), ...rest } = options
  for (const [name, task] of Object.entries(tasks)) {
    if (typeof task !== 'function')
      throw invalid(`runStateMachine: tasks[${JSON.stringify(name)}]`, task, 'a function')
  }
  const timeDriver = isAdvancing(clock) ? VirtualTimeDriver.of(clock) : undefined
  let execution: Execution | undefined
  let missing: NoHandlerError | undefined

  const integrations: Integration = async (args, context) => {
    try {
      if (!timeDriver) return await callTaskHandler(tasks, args, context)
      return await timeDriver.track(context.signal, () => callTaskHandler(tasks, args, context))
    } catch (error) {
      if (error instanceof NoHandlerError) {
        missing ??= error
        execution?.stop()
      }
      throw error
    }
  }

  const machine = createStateMachine(definition, {
    ...rest,
    clock,
    integrations,
    supports: () => true,
  })
  execution = machine.start({ ...(input !== undefined && { input }), ...(name !== undefined && { name }) })
  const result = await (timeDriver ? timeDriver.driveUntil(execution.result) : execution.result)
  if (missing) throw missing
  return result
}
