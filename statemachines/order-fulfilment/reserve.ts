import type { ChoiceState, MapState } from '@breakwater/workflows'
import { type Steps, stepFailed, stepRetry, work } from './steps.ts'

/** Reserves each item. All items are tried, even after one has failed. */
export function reserveStock(steps: Steps, next: string): MapState {
  return {
    Type: 'Map',
    Items: '{% $lines %}',
    MaxConcurrency: 5,
    ItemProcessor: {
      StartAt: 'Reserve item',
      States: {
        'Reserve item': {
          Type: 'Task',
          ...work(steps, 'reserve', undefined, true),
          Output: { ok: true },
          Retry: stepRetry,
          Catch: [{ ErrorEquals: ['States.ALL'], Output: stepFailed, Next: 'Item not reserved' }],
          End: true,
        },
        'Item not reserved': { Type: 'Pass', End: true },
      },
    },
    Next: next,
  }
}

/** Releases all items if one failed: a failed reservation may have been made all the same. */
export function checkReserved(failed: string, next: string): ChoiceState {
  const failure = '$states.input[ok = false][0]'
  return {
    Type: 'Choice',
    Choices: [
      {
        Condition: `{% $exists(${failure}) %}`,
        Assign: {
          failure: `{% {'step': 'reserve', 'error': ${failure}.error, 'cause': ${failure}.cause} %}`,
        },
        Next: failed,
      },
    ],
    Default: next,
  }
}
