import type { Resource } from './definition/resource.ts'
import type { Clock } from './time/clock.ts'
import type { Json, JsonObject } from './values.ts'

/** STANDARD: up to a year, any integration pattern. EXPRESS: up to five minutes, request and response only. */
export type MachineType = 'STANDARD' | 'EXPRESS'

/** Where an execution is. */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'

/** An event of an execution's history, as `GetExecutionHistory` of the SDK brings it. */
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
  /** Details of the other types stand in a field of their own as well, named as in the SDK. */
  readonly [details: `${string}EventDetails`]: unknown
}

/** How an execution ended. */
export interface ExecutionResult {
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>
  /** Only where it succeeded. */
  readonly output?: Json
  /** Name of the error where it did not; an aborted one has one only if it was given. */
  readonly error?: string
  readonly cause?: string
  readonly history: readonly HistoryEvent[]
  readonly startDate: Date
  readonly stopDate: Date
  readonly executionArn: string
  readonly name: string
  readonly input: Json
}

/** An execution, running or over. */
export interface Execution {
  readonly arn: string
  readonly name: string
  readonly status: ExecutionStatus
  readonly input: Json
  readonly startDate: Date
  readonly stopDate: Date | undefined
  /** Comes when the execution is over, however it ended; never rejects. */
  readonly result: Promise<ExecutionResult>
  /** As far as it has come. */
  readonly history: readonly HistoryEvent[]
  /** Aborts it, and the signals of the tasks it runs. Nothing happens where it is over. */
  stop(error?: string, cause?: string): void
}

/** What a task is told beside its arguments. */
export interface TaskContext {
  /** Name of the state. */
  readonly state: string
  readonly resource: Resource
  /** How often the state was tried before, in this visit. */
  readonly retryCount: number
  /** Ends when the task has timed out, or its execution or branch was stopped. */
  readonly signal: AbortSignal
  /** Time as the execution sees it. */
  readonly clock: Clock
  /** To be given to `sendTaskSuccess` and the like; only for `.waitForTaskToken`. */
  readonly taskToken: string | undefined
  /** The context object, as `$states.context` has it. */
  readonly context: JsonObject
  readonly sendTaskSuccess: (token: string, output: unknown) => void
  readonly sendTaskFailure: (token: string, error?: string, cause?: string) => void
  readonly sendTaskHeartbeat: (token: string) => void
}

/**
 * Does the work of a Task: gets the evaluated Arguments (the input of the state where it has none) and answers what
 * becomes `$states.result`. Throws a {@link TaskError} for a named error. What it is given may be changed freely.
 */
export type Integration = (args: Json, context: TaskContext) => unknown

/** Options of {@link createStateMachine}. */
export interface StateMachineOptions {
  /** Does the work of every Task; `context.resource` says which. */
  readonly integrations: Integration
  /** @default the machine's own time */
  readonly clock?: Clock
  /** Returns 0 (included) to 1 (excluded); for jitter, `$random()`, `$uuid()` and names. @default Math.random */
  readonly random?: () => number
  /** @default 'STANDARD' */
  readonly type?: MachineType
  /** @default 'local' */
  readonly name?: string
  /** @default one made of the name, in us-east-1 and account 000000000000 */
  readonly arn?: string
  /** In the context object. @default a role of that account */
  readonly roleArn?: string
  /** Whether a Task may name this resource, beside those known anyway. @default none */
  readonly supports?: (resource: Resource) => boolean
}

/** What one execution is started with. */
export interface StartOptions {
  /** A value of JSON, at most 256 KiB as text. @default {} */
  readonly input?: unknown
  /** 1 to 80 characters. @default made by `random` */
  readonly name?: string
}

/** A state machine that was found right. */
export interface StateMachine {
  readonly arn: string
  readonly name: string
  readonly type: MachineType
  /** Starts an execution. It runs by itself. */
  start(options?: StartOptions): Execution
  /**
   * Lets a task that waits for its token go on.
   *
   * @throws TaskTokenError where no task waits for it (`TaskTimedOut`), for what is no token (`InvalidToken`), and for
   * output that is no JSON (`InvalidOutput`).
   */
  sendTaskSuccess(token: string, output: unknown): void
  /** Fails a task that waits for its token. */
  sendTaskFailure(token: string, error?: string, cause?: string): void
  /** Says that a task still works, which begins its HeartbeatSeconds anew. */
  sendTaskHeartbeat(token: string): void
}
