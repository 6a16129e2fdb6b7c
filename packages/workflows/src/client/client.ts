/**
 * A small typed client for Step Functions: runs, starts, waits for and explains executions, and turns the error of an
 * open circuit back into a `CircuitOpenError`.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { DescribeExecutionCommandOutput, HistoryEvent } from '@aws-sdk/client-sfn'
import { checkOptions } from '@breakwater/circuit/shared'
import { WorkflowConnection } from './connection.ts'
import { errorOf, parseJson, type WorkflowStatus, WorkflowTimeoutError } from './errors.ts'
import { explanationOf, type WorkflowExplanation } from './explain.ts'
import {
  type CheckedOptions,
  callChecks,
  checkClientOptions,
  checkExecution,
  checkInput,
  checkMachine,
  type ExplainOptions,
  type RunOptions,
  type StartOptions,
  type WaitOptions,
  type WorkflowClientOptions,
} from './options.ts'
import { pollUntilEnd, withTimeLimit } from './waiting.ts'

export {
  isWorkflowError,
  isWorkflowTimeoutError,
  WorkflowError,
  type WorkflowFailure,
  type WorkflowStatus,
  WorkflowTimeoutError,
} from './errors.ts'
export type { WorkflowExplanation } from './explain.ts'
export type { StateExecution } from './history.ts'
export type {
  ExplainOptions,
  RunOptions,
  StartOptions,
  WaitOptions,
  WorkflowClientOptions,
} from './options.ts'

/** An execution that was started now, or earlier under the same name. */
export interface StartedExecution {
  /** ARN of the execution, for {@link WorkflowClient.wait} and {@link WorkflowClient.explain}. */
  readonly executionArn: string
  /** Time of the start, in epoch ms. */
  readonly startedAt: number
}

/** The end of an execution, as the service describes it. */
interface ExecutionResult {
  readonly executionArn?: string | undefined
  readonly status?: string | undefined
  readonly output?: string | undefined
  readonly error?: string | undefined
  readonly cause?: string | undefined
}

/** The limit of Step Functions for the history of an execution. */
const maxEvents = 25_000

/**
 * Runs workflows from code. Making a client is cheap and sends no request: the SDK is loaded when the first request
 * needs it.
 *
 * Errors of the service (no such state machine, no permission, throttling) are thrown as the SDK throws them.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed; so do all methods, before anything is sent.
 * @example
 * const workflows = new WorkflowClient()
 * const receipt = await workflows.run<Receipt>(process.env.CHARGE_ARN, order, { timeoutMs: 10_000 })
 */
export class WorkflowClient {
  readonly #options: CheckedOptions
  readonly #connection: WorkflowConnection
  /** ARNs of state machines that turned out to be STANDARD. */
  readonly #standard = new Set<string>()

  constructor(options: WorkflowClientOptions = {}) {
    this.#options = checkClientOptions(options)
    this.#connection = new WorkflowConnection(this.#options)
  }

  /**
   * Runs a workflow to its end and returns its output: EXPRESS in one request, STANDARD by starting it and waiting.
   * A STANDARD execution goes on when the caller stops waiting.
   *
   * @param stateMachineArn ARN of the state machine, of a version or an alias. Undefined, as of a missing environment
   * variable, is refused.
   * @param input any JSON value, at most 256 KiB of it.
   * @throws CircuitOpenError when the workflow ended by an open circuit; its `cause` is the WorkflowError.
   * @throws WorkflowTimeoutError past a limit, WorkflowError for every other end without success; the reason of `signal`;
   * the SDK's errors.
   * @example
   * const receipt = await workflows.run<Receipt, Order>(chargeArn, order, { type: 'EXPRESS', timeoutMs: 5_000 })
   */
  async run<Output = unknown, Input = unknown>(
    stateMachineArn: string | undefined,
    input: Input,
    options: RunOptions = {},
  ): Promise<Output> {
    const owner = 'WorkflowClient.run'
    const arn = checkMachine(owner, stateMachineArn)
    const { name, type, signal, timeoutMs } = checkOptions(owner, options, callChecks.run)
    const json = checkInput(owner, input)
    let executionArn: string | undefined
    const limit = {
      clock: this.#options.clock,
      timeoutMs,
      signal,
      timeoutError: () => timeoutError(executionArn, timeoutMs),
    }
    const ended = await withTimeLimit(limit, async ownSignal => {
      if (type !== 'STANDARD' && !this.#standard.has(arn)) {
        try {
          const request = { stateMachineArn: arn, input: json, ...(name && { name }) }
          return await this.#connection.send('StartSyncExecution', request, ownSignal)
        } catch (error) {
          if (type === 'EXPRESS' || !isNamed(error, 'StateMachineTypeNotSupported')) throw error
          this.#rememberStandard(arn)
        }
      }
      executionArn = (await this.#start(arn, json, name, ownSignal)).executionArn
      return this.#poll(executionArn, ownSignal)
    })
    return outputOf<Output>(ended)
  }

  /**
   * Starts a STANDARD workflow, and does not wait for it. With a `name`, a second start with the same input returns the
   * execution that exists already, whether it runs or has ended.
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
    const owner = 'WorkflowClient.start'
    const arn = checkMachine(owner, stateMachineArn)
    const { name, signal } = checkOptions(owner, options, callChecks.start)
    return this.#start(arn, checkInput(owner, input), name, signal)
  }

  /**
   * Waits for the end of a STANDARD execution and returns its output.
   *
   * @throws as {@link run} does.
   * @example
   * const { status } = await workflows.wait<Fulfilment>(executionArn, { timeoutMs: 3_600_000 })
   */
  async wait<Output = unknown>(executionArn: string, options: WaitOptions = {}): Promise<Output> {
    const owner = 'WorkflowClient.wait'
    const arn = checkExecution(owner, executionArn)
    const { signal, timeoutMs } = checkOptions(owner, options, callChecks.wait)
    const { clock } = this.#options
    const limit = { clock, timeoutMs, signal, timeoutError: () => timeoutError(arn, timeoutMs) }
    return outputOf<Output>(await withTimeLimit(limit, ownSignal => this.#poll(arn, ownSignal)))
  }

  /**
   * Explains a STANDARD execution: which state failed and why, how long each state took and how often it was retried,
   * as data and as a text for people. EXPRESS executions keep no history but in their logs.
   *
   * @throws TypeError for a bad ARN; the SDK's errors.
   * @example
   * console.log((await workflows.explain(executionArn)).text)
   */
  async explain(executionArn: string, options: ExplainOptions = {}): Promise<WorkflowExplanation> {
    const owner = 'WorkflowClient.explain'
    const arn = checkExecution(owner, executionArn)
    const { signal } = checkOptions(owner, options, callChecks.explain)
    const execution = await this.#connection.send('DescribeExecution', { executionArn: arn }, signal)
    const events: HistoryEvent[] = []
    let nextToken: string | undefined
    do {
      const request = { executionArn: arn, maxResults: 1_000, includeExecutionData: false, nextToken }
      const page = await this.#connection.send('GetExecutionHistory', request, signal)
      events.push(...(page.events ?? []))
      nextToken = page.nextToken
    } while (nextToken && events.length < maxEvents)
    return explanationOf(execution, events, this.#options.clock.now())
  }

  /**
   * Closes the SDK clients that this client made, with their sockets; the option `client` is left alone. The next
   * request makes new ones.
   *
   * @example
   * workflows.close()
   */
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
    givenName: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<StartedExecution> {
    // With a name, the SDK may send the request again.
    const name = givenName ?? randomUUID()
    try {
      const { executionArn, startDate } = await this.#connection.send(
        'StartExecution',
        { stateMachineArn, input, name },
        signal,
      )
      return { executionArn: executionArn!, startedAt: startDate!.getTime() }
    } catch (error) {
      // The service itself answers a repeated start with the same execution, but only while that is running.
      if (!isNamed(error, 'ExecutionAlreadyExists')) throw error
      const executionArn = executionOf(stateMachineArn, name)
      const existing = await this.#connection.send('DescribeExecution', { executionArn }, signal)
      if (!isSameJson(existing.input ?? '', input)) throw error
      return { executionArn, startedAt: existing.startDate!.getTime() }
    }
  }

  #rememberStandard(stateMachineArn: string): void {
    if (this.#standard.size >= 1_000) this.#standard.clear()
    this.#standard.add(stateMachineArn)
  }
}

function outputOf<Output>({ executionArn, status, output, error, cause }: ExecutionResult): Output {
  if (status === 'SUCCEEDED') return (output === undefined ? undefined : parseJson(output)) as Output
  const defaultError = status === 'TIMED_OUT' ? 'States.Timeout' : String(status)
  throw errorOf({ executionArn, status: status as WorkflowStatus, error: error ?? defaultError, cause })
}

function timeoutError(executionArn: string | undefined, timeoutMs: number | undefined): WorkflowTimeoutError {
  const status = executionArn === undefined ? 'UNKNOWN' : 'RUNNING'
  return new WorkflowTimeoutError({ executionArn, status, error: 'States.Timeout' }, timeoutMs)
}

/** The ARN of an execution. It names neither version nor alias. */
function executionOf(stateMachineArn: string, name: string): string {
  const [arn, aws, states, region, account, , machine] = stateMachineArn.split(':')
  return [arn, aws, states, region, account, 'execution', machine, name].join(':')
}

/** Texts that are too deep to compare are the same only if they are alike. */
function isSameJson(one: string, other: string): boolean {
  try {
    return one === other || isDeepStrictEqual(JSON.parse(one), JSON.parse(other))
  } catch {
    return false
  }
}

function isNamed(error: unknown, name: string): boolean {
  return (error as { name?: unknown } | null | undefined)?.name === name
}
