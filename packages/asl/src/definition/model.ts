import type { Template } from '../expressions/template.ts'
import type { Resource } from './resource.ts'

/** The fields Output and Assign. */
export interface OutputAndAssign {
  readonly output: Template | undefined
  readonly assign: Template | undefined
}

/** One element of Retry. */
export interface Retrier {
  readonly errors: readonly string[]
  readonly intervalSeconds: number
  readonly backoffRate: number
  readonly maxAttempts: number
  readonly maxDelaySeconds: number
  readonly jitter: 'FULL' | 'NONE'
}

/** One element of Catch. */
export interface Catcher extends OutputAndAssign {
  readonly errors: readonly string[]
  readonly next: string
}

interface StateFields extends OutputAndAssign {
  readonly name: string
  /** Undefined where the state is the last one. */
  readonly next: string | undefined
}

/** The fields of states that may fail. */
export interface RetryAndCatch {
  readonly retry: readonly Retrier[]
  readonly catch: readonly Catcher[]
}

export interface TaskState extends StateFields, RetryAndCatch {
  readonly type: 'Task'
  readonly resource: Resource
  readonly arguments: Template | undefined
  readonly timeoutSeconds: Template | undefined
  readonly heartbeatSeconds: Template | undefined
  readonly credentials: Template | undefined
}

export interface PassState extends StateFields {
  readonly type: 'Pass'
}

/** One element of Choices. */
export interface ChoiceRule extends OutputAndAssign {
  readonly condition: Template
  readonly next: string
}

/** A Choice; `next` is its Default. */
export interface ChoiceState extends StateFields {
  readonly type: 'Choice'
  readonly choices: readonly ChoiceRule[]
}

export interface WaitState extends StateFields {
  readonly type: 'Wait'
  readonly seconds: Template | undefined
  readonly timestamp: Template | undefined
}

export interface SucceedState extends StateFields {
  readonly type: 'Succeed'
}

export interface FailState extends StateFields {
  readonly type: 'Fail'
  readonly error: Template | undefined
  readonly cause: Template | undefined
}

export interface ParallelState extends StateFields, RetryAndCatch {
  readonly type: 'Parallel'
  readonly arguments: Template | undefined
  readonly branches: readonly States[]
}

export interface MapState extends StateFields, RetryAndCatch {
  readonly type: 'Map'
  readonly items: Template | undefined
  readonly itemSelector: Template | undefined
  readonly processor: States
  readonly maxConcurrency: Template | undefined
  readonly toleratedCount: Template | undefined
  readonly toleratedPercentage: Template | undefined
}

/** A state, checked and ready to run. */
export type State =
  | TaskState
  | PassState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState

/** The states of a machine, a branch or an item processor. */
export interface States {
  readonly startAt: string
  readonly states: ReadonlyMap<string, State>
}

/** A state machine, checked and ready to run. */
export interface Machine extends States {
  readonly timeoutSeconds: number | undefined
}
