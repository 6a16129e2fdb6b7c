import { type Json, lambdaRetry, type Retrier, type TaskWork } from '@breakwater/workflows'

/** A step of an order; those in the second row undo those in the first, which are made once and undone as often as need be. */
export type Step = 'reserve' | 'charge' | 'ship' | 'notify' | 'release' | 'refund' | 'unship'

/** Who does the steps. */
export interface Steps {
  readonly fulfilment: string
  readonly partition: string
}

/** The longest cause that a failure is told with; a Fail may have 32,768 characters in all. */
const maxCauseLength = 4_000

/** The same for every attempt of a step, so that the function can tell a repetition. `line` tells the items of an order apart. */
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

/** For steps forward: they have a key, so one that timed out is made once more. */
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

/** For steps back, which must not be given up soon: about two minutes. */
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

/** What a catcher keeps of an error, as the reason why the order fails. */
export const failureOf = (step: Step): Json => ({ step, ...caught })

/** What a catcher hands on of an error that need not be the order's. */
export const stepFailed: Json = { ok: false, ...caught }
