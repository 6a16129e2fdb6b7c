/**
 * A small typed client for Step Functions: runs, starts, waits for and explains executions, and turns the error of an
 * open circuit back into a `CircuitOpenError`.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { DescribeExecutionCommandOutput, HistoryEvent } from '@aws-sdk/client-sfn'
import { WorkflowConnection } from './connection.ts'
import { errorOf, parsed, type WorkflowStatus, WorkflowTimeoutError } from './errors.ts'
import { explanationOf, type WorkflowExplanation } from './explain.ts'
import {
  type CheckedOptions,
  checkCallOptions,
  checkClientOptions,
  checkExecution,
  checkInput,
  checkMachine,
  type RunOptions,
  type StartOptions,
  type WaitOptions,
  type WorkflowClientOptions,
} from './options.ts'
import { pollUntilEnd, within } from './waiting.ts'

export {
  isWorkflowError,
  isWorkflowTimeoutError,
  WorkflowError,
  type WorkflowFailure,
  type WorkflowStatus,
  WorkflowTimeoutError,
} from './errors.ts'
export type { WorkflowExplanation } from './explain.ts'
export type { StateVisit } from './history.ts'
export type { RunOptions, StartOptions, WaitOptions, WorkflowClientOptions } from './options.ts'

/** An execution that was started, or found. */
export interface StartedExecution {
  readonly executionArn: string
  /** Epoch ms. */
  readonly startedAt: number
}

/** How an execution ended, as the service says it. */
interface Ended {
  readonly executionArn?: string | undefined
  readonly status?: string | undefined
  readonly output?: string | undefined
  readonly error?: string | undefined
  readonly cause?: string | undefined
}

/** The longest history there is. */
const mostEvents = 25_000

/**
 * Runs workflows from code. Making one is cheap and asks nobody: the SDK is loaded when the first request needs it.
 *
 * What the service refuses (no such state machine, no permission, throttling) is thrown as the SDK throws it.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed; so do all methods, before anything is sent.
 * @example
 * const workflows = new WorkflowClient()
 * const receipt = await workflows.run<Receipt>(process.env.CHARGE_ARN, order, { timeoutMs: 10_000 })
 */
export class WorkflowClient {
  readonly #options: CheckedOptions
  readonly #connection: WorkflowConnection
  /** State machines that are known to be STANDARD. */
  readonly #standard = new Set<string>()

  constructor(options: WorkflowClientOptions = {}) {
    this.#options = checkClientOptions(options)
    this.#connection = new WorkflowConnection(this.#options)
  }

  /**
   * Runs a workflow to its end and answers its output: EXPRESS in one request, STANDARD by starting it and waiting.
   * A STANDARD execution goes on when the caller stops waiting.
   *
   * @param input what JSON can hold, at most 256 KiB of it.
   * @throws CircuitOpenError when the workflow ended by an open circuit; its `cause` is the WorkflowError.
   * @throws WorkflowTimeoutError past a limit, WorkflowError for every other end; the reason of `signal`; the SDK's errors.
   * @example
   * const receipt = await workflows.run<Receipt, Order>(chargeArn, order, { type: 'EXPRESS', timeoutMs: 5_000 })
   */
  async run<Output = unknown, Input = unknown>(
    stateMachineArn: string | undefined,
    input: Input,
    options: RunOptions = {},
  ): Promise<Output> {
    const arn = checkMachine(stateMachineArn)
    const { name, type, signal, timeoutMs } = checkCallOptions(options, [
      'name',
      'type',
      'signal',
      'timeoutMs',
    ])
    const json = checkInput(input)
    let executionArn: string | undefined
    const late = () => lateError(executionArn, timeoutMs)
    const ended = await within({ clock: this.#options.clock, timeoutMs, signal, late }, async own => {
      if (type !== 'STANDARD' && !this.#standard.has(arn)) {
        try {
          const request = { stateMachineArn: arn, input: json, ...(name && { name }) }
          return await this.#connection.send('StartSyncExecution', request, own)
        } catch (error) {
          if (type === 'EXPRESS' || !isNamed(error, 'StateMachineTypeNotSupported')) throw error
          this.#remember(arn)
        }
      }
      executionArn = (await this.#start(arn, json, name, own)).executionArn
      return this.#poll(executionArn, own)
    })
    return outputOf<Output>(ended)
  }

  /**
   * Starts a STANDARD workflow, and does not wait for it. With a `name`, starting it again with the same input answers
   * the execution that is there already, be it running or over.
   *
   * @throws ExecutionAlreadyExists of the SDK when the name was used for another input; otherwise as {@link run}.
   * @example
   * const { executionArn } = await workflows.start(fulfilmentArn, order, { name: order.orderId })
   */
  async start<Input = unknown>(
    stateMachineArn: string | undefined,
    input: Input,
    options: StartOptions = {},
  ): Promise<StartedExecution> {
    const arn = checkMachine(stateMachineArn)
    const { name, signal } = checkCallOptions(options, ['name', 'signal'])
    return this.#start(arn, checkInput(input), name, signal)
  }

  /**
   * Waits for the end of a STANDARD execution and answers its output.
   *
   * @throws as {@link run} does.
   * @example
   * const { status } = await workflows.wait<Fulfilment>(executionArn, { timeoutMs: 3_600_000 })
   */
  async wait<Output = unknown>(executionArn: string, options: WaitOptions = {}): Promise<Output> {
    const arn = checkExecution(executionArn)
    const { signal, timeoutMs } = checkCallOptions(options, ['signal', 'timeoutMs'])
    const late = () => lateError(arn, timeoutMs)
    const bounds = { clock: this.#options.clock, timeoutMs, signal, late }
    return outputOf<Output>(await within(bounds, own => this.#poll(arn, own)))
  }

  /**
   * Says what became of a STANDARD execution: which state failed and why, how long each state took and how often it was
   * tried again, as data and as a text for people. EXPRESS executions keep no history but in their logs.
   *
   * @throws TypeError for a bad ARN; the SDK's errors.
   * @example
   * console.log((await workflows.explain(executionArn)).text)
   */
  async explain(
    executionArn: string,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<WorkflowExplanation> {
    const arn = checkExecution(executionArn)
    const { signal } = checkCallOptions(options, ['signal'])
    const execution = await this.#connection.send('DescribeExecution', { executionArn: arn }, signal)
    const events: HistoryEvent[] = []
    let nextToken: string | undefined
    do {
      const request = { executionArn: arn, maxResults: 1_000, includeExecutionData: false, nextToken }
      const page = await this.#connection.send('GetExecutionHistory', request, signal)
      events.push(...(page.events ?? []))
      nextToken = page.nextToken
    } while (nextToken && events.length < mostEvents)
    return explanationOf(execution, events, this.#options.clock.now())
  }

  /** Drops the clients made here and their sockets; one that was given is left alone. */
  close(): void {
    this.#connection.close()
  }

  #poll(executionArn: string, signal: AbortSignal): Promise<DescribeExecutionCommandOutput> {
    const poll = () => this.#connection.send('DescribeExecution', { executionArn }, signal)
    return pollUntilEnd(poll, { ...this.#options, signal })
  }

  async #start(
    stateMachineArn: string,
    input: string,
    given: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<StartedExecution> {
    // A name makes the request one that can be sent again.
    const name = given ?? randomUUID()
    try {
      const { executionArn, startDate } = await this.#connection.send(
        'StartExecution',
        { stateMachineArn, input, name },
        signal,
      )
      return { executionArn: executionArn!, startedAt: startDate!.getTime() }
    } catch (error) {
      // The service itself answers the same start by the same execution, but only while that is running.
      if (!isNamed(error, 'ExecutionAlreadyExists')) throw error
      const executionArn = executionOf(stateMachineArn, name)
      const found = await this.#connection.send('DescribeExecution', { executionArn }, signal)
      if (!isDeepStrictEqual(parsed(found.input ?? ''), parsed(input))) throw error
      return { executionArn, startedAt: found.startDate!.getTime() }
    }
  }

  #remember(stateMachineArn: string): void {
    if (this.#standard.size >= 1_000) this.#standard.clear()
    this.#standard.add(stateMachineArn)
  }
}

function outputOf<Output>({ executionArn, status, output, error, cause }: Ended): Output {
  if (status === 'SUCCEEDED') return (output === undefined ? undefined : parsed(output)) as Output
  const fallback = status === 'TIMED_OUT' ? 'States.Timeout' : String(status)
  throw errorOf({ executionArn, status: status as WorkflowStatus, error: error ?? fallback, cause })
}

function lateError(executionArn: string | undefined, timeoutMs: number | undefined): WorkflowTimeoutError {
  return new WorkflowTimeoutError({ executionArn, status: 'RUNNING', error: 'States.Timeout' }, timeoutMs)
}

/** An execution's ARN names neither version nor alias. */
function executionOf(stateMachineArn: string, name: string): string {
  const [arn, aws, states, region, account, , machine] = stateMachineArn.split(':')
  return [arn, aws, states, region, account, 'execution', machine, name].join(':')
}

function isNamed(error: unknown, name: string): boolean {
  return (error as { name?: unknown } | null | undefined)?.name === name
}
