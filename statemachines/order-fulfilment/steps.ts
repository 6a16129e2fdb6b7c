import { type Json, lambdaRetry, type Retrier, type TaskWork } from '@breakwater/workflows'

/** A step of an order; `release`, `refund` and `unship` undo `reserve`, `charge` and `ship`. */
export type Step = 'reserve' | 'charge' | 'ship' | 'notify' | 'release' | 'refund' | 'unship'

/** The function that does the steps. */
export interface Steps {
  readonly fulfilment: string
  readonly partition: string
}

/** Max length of a reported cause; a Fail state may have 32,768 characters in all. */
const maxCauseLength = 4_000

/** The idempotency key of a step, the same for all its attempts. `line`: one key for each item of the order. */
export const keyOf = (step: Step, line = false): string =>
  `$states.context.Execution.Name & ':${step}'${line ? " & ':' & $string($states.input.index)" : ''}`

/**
 * A step as a task: the function gets `{ step, order, idempotencyKey }`, for one item `item` as well, and to undo a step
 * the key that it was made under as `undoes`.
 */
export function work({ fulfilment, partition }: Steps, step: Step, undoes?: Step, line = false): TaskWork {
  const Payload: Record<string, Json> = {
    step,
    order: '{% $order %}',
    idempotencyKey: `{% ${keyOf(step, line)} %}`,
    ...(undoes && { undoes: `{% ${keyOf(undoes, line)} %}` }),
    ...(line && { item: '{% $states.input.item %}' }),
  }
  return {
    Resource: `arn:${partition}:states:::lambda:invoke`,
    Arguments: { FunctionName: fulfilment, Payload },
    TimeoutSeconds: 10,
  }
}

/** Retriers of the steps. A step that timed out is repeated once, under the same key. */
export const stepRetry: readonly Retrier[] = [
  lambdaRetry,
  {
    ErrorEquals: ['States.Timeout'],
    IntervalSeconds: 1,
    MaxAttempts: 1,
    MaxDelaySeconds: 1,
    JitterStrategy: 'FULL',
  },
]

/** Retriers of the undoing steps, for about two minutes. */
export const undoRetry: readonly Retrier[] = [
  {
    ErrorEquals: ['States.TaskFailed', 'States.Timeout'],
    IntervalSeconds: 2,
    MaxAttempts: 6,
    BackoffRate: 2,
    MaxDelaySeconds: 60,
    JitterStrategy: 'FULL',
  },
]

const caught = {
  error: '{% $states.errorOutput.Error %}',
  cause: `{% $exists($states.errorOutput.Cause) ? $substring($states.errorOutput.Cause, 0, ${maxCauseLength}) : '' %}`,
} as const

/** The failure of the order, from the error that a catcher caught. */
export const failureOf = (step: Step): Json => ({ step, ...caught })

/** The output of a step that failed; the order may go on. */
export const stepFailed: Json = { ok: false, ...caught }
