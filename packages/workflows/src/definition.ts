/**
 * The Amazon States Language as it is in JSONata mode (https://states-language.net): its types, and its expressions.
 *
 * @module
 */

/** Any JSON value. A text `{% … %}` anywhere in it is a JSONata expression. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** Variables to set, each by a value or by an expression. */
export type Assign = Readonly<Record<string, Json>>

/** When and how often a state is run again after errors. Times are seconds. */
export interface Retrier {
  readonly ErrorEquals: readonly string[]
  /** Wait before the first retry. @default 1 */
  readonly IntervalSeconds?: number
  /** Max number of retries; 0 for never. @default 3 */
  readonly MaxAttempts?: number
  /** Factor by which the wait grows with every retry. @default 2 */
  readonly BackoffRate?: number
  /** Max wait. @default none, for Step Functions */
  readonly MaxDelaySeconds?: number
  /** FULL: any wait between 0 and the one computed. @default NONE, for Step Functions */
  readonly JitterStrategy?: 'FULL' | 'NONE'
}

/** The state to go on with after an error that no retry has mended. */
export interface Catcher {
  readonly ErrorEquals: readonly string[]
  readonly Next: string
  /** Input of the next state. @default `$states.errorOutput`, which is `{ Error, Cause }` */
  readonly Output?: Json
  readonly Assign?: Assign
  readonly Comment?: string
}

/** The fields that every state may have. */
export interface CommonFields {
  readonly Comment?: string
  readonly QueryLanguage?: 'JSONata'
}

/** A state is followed by another one, or ends the machine, the branch or the iteration. */
export type NextOrEnd =
  | { readonly Next: string; readonly End?: never }
  | { readonly End: true; readonly Next?: never }

/** What a state hands on. */
export interface ResultFields {
  /** Input of the next state. @default the result of a Task, Parallel or Map, the input of any other state */
  readonly Output?: Json
  /** Variables for the states that follow. */
  readonly Assign?: Assign
}

/** What a state does about errors: all retries first, then the first Catcher that names the error. */
export interface ErrorFields {
  readonly Retry?: readonly Retrier[]
  readonly Catch?: readonly Catcher[]
}

/** The work of a Task: its fields without name, transition, Retry and Catch. */
export interface TaskWork extends CommonFields, ResultFields {
  /** ARN of an integration (`arn:aws:states:::lambda:invoke`), a function or an activity. */
  readonly Resource: string
  readonly Arguments?: Json
  /** Number, or an expression of one. */
  readonly TimeoutSeconds?: number | string
  readonly HeartbeatSeconds?: number | string
  readonly Credentials?: Json
}

/** Runs an integration, a function or an activity. */
export type TaskState = TaskWork & ErrorFields & NextOrEnd & { readonly Type: 'Task' }
/** Hands its input on, or makes another output. */
export type PassState = CommonFields & ResultFields & NextOrEnd & { readonly Type: 'Pass' }

/** One branch of a Choice; the first whose condition is true is taken. */
export interface ChoiceRule extends ResultFields {
  /** An expression that is true or false. */
  readonly Condition: string
  readonly Next: string
  readonly Comment?: string
}

/** Chooses the next state. `Output` and `Assign` of the state itself hold for `Default`. */
export interface ChoiceState extends CommonFields, ResultFields {
  readonly Type: 'Choice'
  readonly Choices: readonly ChoiceRule[]
  readonly Default?: string
}

/** Waits for some seconds, or until a time. */
export type WaitState = CommonFields &
  ResultFields &
  NextOrEnd & { readonly Type: 'Wait' } & (
    | { readonly Seconds: number | string; readonly Timestamp?: never }
    | { readonly Timestamp: string; readonly Seconds?: never }
  )

/** Ends a machine, a branch or an iteration well. */
export interface SucceedState extends CommonFields {
  readonly Type: 'Succeed'
  readonly Output?: Json
}

/** Ends the machine with an error. */
export interface FailState extends CommonFields {
  readonly Type: 'Fail'
  readonly Error?: string
  readonly Cause?: string
}

/** A scope of states: a machine, a branch of a Parallel, or the processor of a Map. */
export interface States {
  readonly StartAt: string
  readonly States: Readonly<Record<string, State>>
}

/** Runs branches at the same time. */
export type ParallelState = CommonFields &
  ResultFields &
  ErrorFields &
  NextOrEnd & { readonly Type: 'Parallel'; readonly Branches: readonly States[]; readonly Arguments?: Json }

/** Runs a processor for each item. */
export type MapState = CommonFields &
  ResultFields &
  ErrorFields &
  NextOrEnd & {
    readonly Type: 'Map'
    readonly Items?: Json
    readonly ItemSelector?: Json
    readonly ItemProcessor: States & { readonly ProcessorConfig?: Json; readonly Comment?: string }
    readonly MaxConcurrency?: number | string
    readonly ToleratedFailureCount?: number | string
    readonly ToleratedFailurePercentage?: number | string
    readonly ItemReader?: Json
    readonly ItemBatcher?: Json
    readonly ResultWriter?: Json
    readonly Label?: string
  }

/** Any state of a machine. */
export type State =
  | TaskState
  | PassState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState

/**
 * A whole state machine, in JSONata mode throughout.
 *
 * @example
 * const definition: StateMachineDefinition = {
 *   QueryLanguage: 'JSONata',
 *   StartAt: 'Done',
 *   States: { Done: { Type: 'Succeed' } },
 * }
 */
export interface StateMachineDefinition extends States {
  readonly QueryLanguage: 'JSONata'
  readonly Comment?: string
  /** Time limit of an execution, in seconds. @default none */
  readonly TimeoutSeconds?: number
  readonly Version?: '1.0'
}

/**
 * Makes a JSONata expression as a state machine holds it.
 *
 * @example
 * expression('$states.input') // '{% $states.input %}'
 */
export function expression(jsonata: string): string {
  return `{% ${jsonata} %}`
}

/** True for a text that Step Functions evaluates as JSONata. */
export function isExpression(text: string): boolean {
  return text.startsWith('{%') && text.endsWith('%}')
}

/** The JSONata of a value, for use inside another expression: that of an expression, or a literal. */
export function jsonataOf(value: string | number): string {
  if (typeof value === 'string' && isExpression(value)) return `(${value.slice(2, -2).trim()})`
  return JSON.stringify(value)
}

/** The input of a state, handed on unchanged. */
export const input = expression('$states.input')
