import type { State } from '@breakwater/workflows'
import { type Step, type Steps, stepFailed, undoRetry, work } from './steps.ts'

/** The error of an execution that could not undo every step. Its Cause is JSON and names the steps that are left. */
export const compensationError = 'Breakwater.CompensationFailed'

/**
 * Undoes the steps in reverse order, from the one that failed. A step that cannot be undone is named in the end, and the
 * others are undone all the same.
 */
export function compensation(steps: Steps): Readonly<Record<string, State>> {
  return {
    'Cancel shipment': undo(steps, 'unship', 'ship', 'Refund payment'),
    'Refund payment': undo(steps, 'refund', 'charge', 'Release stock'),
    'Release stock': releaseStock(steps, 'Taken back?'),
    'Taken back?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $count($uncompensated) = 0 %}', Next: 'Order failed' }],
      Default: 'Compensation failed',
    },
    'Order failed': {
      Type: 'Fail',
      Error: '{% $failure.error %}',
      Cause: "{% $string($merge([$failure, {'orderId': $order.orderId}])) %}",
    },
    'Compensation failed': {
      Type: 'Fail',
      Error: compensationError,
      Cause:
        "{% $string($merge([$failure, {'orderId': $order.orderId, 'uncompensated': $uncompensated}])) %}",
    },
  }
}

function undo(steps: Steps, step: Step, undoes: Step, next: string): State {
  return {
    Type: 'Task',
    ...work(steps, step, undoes),
    Retry: undoRetry,
    Catch: [
      {
        ErrorEquals: ['States.ALL'],
        Assign: { uncompensated: `{% [$uncompensated, '${step}'] %}` },
        Next: next,
      },
    ],
    Next: next,
  }
}

function releaseStock(steps: Steps, next: string): State {
  const unreleased = "$states.result[ok = false].('release:' & $string(index))"
  return {
    Type: 'Map',
    Items: '{% $reverse($lines) %}',
    MaxConcurrency: 1,
    ItemProcessor: {
      StartAt: 'Release item',
      States: {
        'Release item': {
          Type: 'Task',
          ...work(steps, 'release', 'reserve', true),
          Output: { ok: true },
          Retry: undoRetry,
          Catch: [
            {
              ErrorEquals: ['States.ALL'],
              Output: { ...(stepFailed as object), index: '{% $states.input.index %}' },
              Next: 'Item not released',
            },
          ],
          End: true,
        },
        'Item not released': { Type: 'Pass', End: true },
      },
    },
    Assign: { uncompensated: `{% [$uncompensated, ${unreleased}] %}` },
    Next: next,
  }
}
