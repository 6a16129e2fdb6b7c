import type { Template } from '../expressions/template.ts'
import type { Resource } from './resource.ts'

/** What a state leaves behind: its output, and variables. */
export interface Leaving {
  readonly output: Template | undefined
  readonly assign: Template | undefined
}

/** When and how often a state is tried again. */
export interface Retrier {
  readonly errors: readonly string[]
  readonly intervalSeconds: number
  readonly backoffRate: number
  readonly maxAttempts: number
  readonly maxDelaySeconds: number
  readonly jitter: 'FULL' | 'NONE'
}

/** Where to go on after an error. */
export interface Catcher extends Leaving {
  readonly errors: readonly string[]
  readonly next: string
}

interface Common extends Leaving {
  readonly name: string
  /** Undefined where the state ends its states. */
  readonly next: string | undefined
}

/** The fields of states that may fail. */
export interface RetryAndCatch {
  readonly retry: readonly Retrier[]
  readonly catch: readonly Catcher[]
}

export interface TaskState extends Common, RetryAndCatch {
  readonly type: 'Task'
  readonly resource: Resource
  readonly arguments: Template | undefined
  readonly timeoutSeconds: Template | undefined
  readonly heartbeatSeconds: Template | undefined
  readonly credentials: Template | undefined
}

export interface PassState extends Common {
  readonly type: 'Pass'
}

export interface Rule extends Leaving {
  readonly condition: Template
  readonly next: string
}

/** `next` is the Default. */
export interface ChoiceState extends Common {
  readonly type: 'Choice'
  readonly choices: readonly Rule[]
}

export interface WaitState extends Common {
  readonly type: 'Wait'
  readonly seconds: Template | undefined
  readonly timestamp: Template | undefined
}

export interface SucceedState extends Common {
  readonly type: 'Succeed'
}

export interface FailState extends Common {
  readonly type: 'Fail'
  readonly error: Template | undefined
  readonly cause: Template | undefined
}

export interface ParallelState extends Common, RetryAndCatch {
  readonly type: 'Parallel'
  readonly arguments: Template | undefined
  readonly branches: readonly States[]
}

export interface MapState extends Common, RetryAndCatch {
  readonly type: 'Map'
  readonly items: Template | undefined
  readonly itemSelector: Template | undefined
  readonly processor: States
  readonly maxConcurrency: Template | undefined
  readonly toleratedCount: Template | undefined
  readonly toleratedPercentage: Template | undefined
}

/** A state that was found right, ready to run. */
export type State =
  | TaskState
  | PassState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState

/** States that make a whole. */
export interface States {
  readonly startAt: string
  readonly states: ReadonlyMap<string, State>
}

/** A whole machine. */
export interface Machine extends States {
  readonly timeoutSeconds: number | undefined
}
