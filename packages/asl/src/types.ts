import type { Resource } from './definition/resource.ts'
import type { Clock } from './time/clock.ts'
import type { Json, JsonObject } from './values.ts'

/** STANDARD: up to a year, any integration pattern. EXPRESS: up to five minutes, request and response only. */
export type MachineType = 'STANDARD' | 'EXPRESS'

/** The status of an execution, as in `DescribeExecution`. */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'

/** An event of an execution's history, as `GetExecutionHistory` of the SDK returns it. */
export interface HistoryEvent {
  readonly id: number
  /** 0 for the first events of an execution. */
  readonly previousEventId: number
  readonly timestamp: Date
  readonly type: string
  readonly stateEnteredEventDetails?: { readonly name: string; readonly input: string }
  readonly stateExitedEventDetails?: {
    readonly name: string
    readonly output: string
    readonly assignedVariables?: Readonly<Record<string, string>>
  }
  readonly taskScheduledEventDetails?: Readonly<Record<string, string | number>>
  readonly taskFailedEventDetails?: Readonly<Record<string, string>>
  readonly taskTimedOutEventDetails?: Readonly<Record<string, string>>
  readonly taskSucceededEventDetails?: Readonly<Record<string, string>>
  /** Events of other types have their details in a field of that type, named as in the SDK. */
  readonly [details: `${string}EventDetails`]: unknown
}

/** The end of an execution. */
export interface ExecutionResult {
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>
  /** Undefined unless it succeeded. */
  readonly output?: Json
  /** Name of the error where it failed or timed out, or the one given to `stop`. */
  readonly error?: string
  readonly cause?: string
  readonly history: readonly HistoryEvent[]
  readonly startDate: Date
  readonly stopDate: Date
  readonly executionArn: string
  readonly name: string
  readonly input: Json
}

/** An execution, running or ended. */
export interface Execution {
  readonly arn: string
  readonly name: string
  readonly status: ExecutionStatus
  readonly input: Json
  readonly startDate: Date
  readonly stopDate: Date | undefined
  /** Resolves when the execution ends, however it ends; never rejects. */
  readonly result: Promise<ExecutionResult>
  /** The events so far. */
  readonly history: readonly HistoryEvent[]
  /** Aborts it, and the signals of its running tasks. Does nothing after its end. */
  stop(error?: string, cause?: string): void
}

/** The second argument of a task's {@link Integration} or mock. */
export interface TaskContext {
  /** Name of the state. */
  readonly state: string
  readonly resource: Resource
  /** Number of earlier attempts, since the state was entered. */
  readonly retryCount: number
  /** Aborted when the task times out, or its execution or branch is stopped. */
  readonly signal: AbortSignal
  /** The clock of the execution. */
  readonly clock: Clock
  /** For `sendTaskSuccess`, `sendTaskFailure` and `sendTaskHeartbeat`; only for `.waitForTaskToken`. */
  readonly taskToken: string | undefined
  /** The context object, as `$states.context` has it. */
  readonly context: JsonObject
  readonly sendTaskSuccess: (token: string, output: unknown) => void
  readonly sendTaskFailure: (token: string, error?: string, cause?: string) => void
  readonly sendTaskHeartbeat: (token: string) => void
}

/**
 * Does the work of a Task: gets the evaluated Arguments (the input of the state where it has none) and returns
 * `$states.result`. Throws a {@link TaskError} for a named error. It may change its arguments.
 */
export type Integration = (args: Json, context: TaskContext) => unknown

/** Options of {@link createStateMachine}. */
export interface StateMachineOptions {
  /** Does the work of every Task; `context.resource` says which. */
  readonly integrations: Integration
  /** @default the system's time */
  readonly clock?: Clock
  /** Returns 0 (included) to 1 (excluded); for jitter, `$random()`, `$uuid()` and names. @default Math.random */
  readonly random?: () => number
  /** @default 'STANDARD' */
  readonly type?: MachineType
  /** @default 'local' */
  readonly name?: string
  /** @default an ARN of the name, in us-east-1 and account 000000000000 */
  readonly arn?: string
  /** In the context object. @default a role of that account */
  readonly roleArn?: string
  /** Whether a Task may use this resource, beside those that this package knows. @default none */
  readonly supports?: (resource: Resource) => boolean
}

/** Options of {@link StateMachine.start}. */
export interface StartOptions {
  /** A value of JSON, at most 256 KiB as text. @default {} */
  readonly input?: unknown
  /** 1 to 80 characters. @default made by `random` */
  readonly name?: string
}

/** A state machine, checked and ready to run. */
export interface StateMachine {
  readonly arn: string
  readonly name: string
  readonly type: MachineType
  /**
   * Starts an execution, which runs by itself.
   *
   * @throws TypeError for a bad option.
   */
  start(options?: StartOptions): Execution
  /**
   * Ends a task that waits for its token, with this output.
   *
   * @throws TaskTokenError where no task waits for it (`TaskTimedOut`), for a text that is no token (`InvalidToken`), and
   * for an output that is no JSON or over 256 KiB (`InvalidOutput`).
   */
  sendTaskSuccess(token: string, output: unknown): void
  /** Fails a task that waits for its token. @throws TaskTokenError */
  sendTaskFailure(token: string, error?: string, cause?: string): void
  /** Restarts the HeartbeatSeconds of a task that waits for its token. @throws TaskTokenError */
  sendTaskHeartbeat(token: string): void
}
