import type { ChoiceState, MapState } from '@breakwater/workflows'
import { stepRetry, stepFailed, type Steps, work } from './steps.ts'

/** Reserves each item; one that cannot be reserved does not keep the others from being tried, so that all are known. */
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

/** A reservation that failed may have been made all the same, so all are released. */
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
