/**
 * The Amazon States Language as it is in JSONata mode (https://states-language.net): its types, and its expressions.
 *
 * @module
 */

/** What JSON can hold. A text `{% … %}` anywhere in it is a JSONata expression. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** Variables to set, each by a value or by an expression. */
export type Assign = Readonly<Record<string, Json>>

/** When and how often a state is run again after errors. Times are seconds. */
export interface Retrier {
  readonly ErrorEquals: readonly string[]
  /** Wait before the first retry. @default 1 */
  readonly IntervalSeconds?: number
  /** Most retries; 0 for never. @default 3 */
  readonly MaxAttempts?: number
  /** What the wait grows by with every retry. @default 2 */
  readonly BackoffRate?: number
  /** The longest wait. @default none, for Step Functions */
  readonly MaxDelaySeconds?: number
  /** FULL: any wait between 0 and the one computed. @default NONE, for Step Functions */
  readonly JitterStrategy?: 'FULL' | 'NONE'
}

/** Where to go on after an error that no retry has mended. */
export interface Catcher {
  readonly ErrorEquals: readonly string[]
  readonly Next: string
  /** What the next state gets. @default `$states.errorOutput`, which is `{ Error, Cause }` */
  readonly Output?: Json
  readonly Assign?: Assign
  readonly Comment?: string
}

interface Common {
  readonly Comment?: string
  readonly QueryLanguage?: 'JSONata'
}

/** A state is followed by another one, or ends the machine. */
type Ending = { readonly Next: string; readonly End?: never } | { readonly End: true; readonly Next?: never }

interface Results {
  readonly Output?: Json
  readonly Assign?: Assign
}

interface Tries {
  readonly Retry?: readonly Retrier[]
  readonly Catch?: readonly Catcher[]
}

/** What a Task does, apart from where it stands in a machine. */
export interface TaskWork extends Common, Results {
  /** ARN of an integration (`arn:aws:states:::lambda:invoke`), a function or an activity. */
  readonly Resource: string
  readonly Arguments?: Json
  /** Number, or an expression of one. */
  readonly TimeoutSeconds?: number | string
  readonly HeartbeatSeconds?: number | string
  readonly Credentials?: Json
}

export type TaskState = TaskWork & Tries & Ending & { readonly Type: 'Task' }
export type PassState = Common & Results & Ending & { readonly Type: 'Pass' }

/** One way out of a Choice: the first whose condition is true is taken. */
export interface ChoiceRule extends Results {
  /** An expression that is true or false. */
  readonly Condition: string
  readonly Next: string
  readonly Comment?: string
}

/** `Output` and `Assign` of the state itself hold for `Default`. */
export interface ChoiceState extends Common, Results {
  readonly Type: 'Choice'
  readonly Choices: readonly ChoiceRule[]
  readonly Default?: string
}

export type WaitState = Common &
  Results &
  Ending & { readonly Type: 'Wait' } & (
    | { readonly Seconds: number | string; readonly Timestamp?: never }
    | { readonly Timestamp: string; readonly Seconds?: never }
  )

export interface SucceedState extends Common {
  readonly Type: 'Succeed'
  readonly Output?: Json
}

export interface FailState extends Common {
  readonly Type: 'Fail'
  readonly Error?: string
  readonly Cause?: string
}

/** States that make a whole: those of a machine, of a branch, of a Map's processor. */
export interface States {
  readonly StartAt: string
  readonly States: Readonly<Record<string, State>>
}

export type ParallelState = Common &
  Results &
  Tries &
  Ending & { readonly Type: 'Parallel'; readonly Branches: readonly States[]; readonly Arguments?: Json }

export type MapState = Common &
  Results &
  Tries &
  Ending & {
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
  /** Bound on an execution. @default none */
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

/** True for a text that Step Functions evaluates. */
export function isExpression(text: string): boolean {
  return text.startsWith('{%') && text.endsWith('%}')
}

/** What stands for a value inside an expression: the JSONata of an expression, or a literal. */
export function inside(value: string | number): string {
  if (typeof value === 'string' && isExpression(value)) return `(${value.slice(2, -2).trim()})`
  return JSON.stringify(value)
}

/** The input of a state, to be handed on as it is. */
export const input = expression('$states.input')
