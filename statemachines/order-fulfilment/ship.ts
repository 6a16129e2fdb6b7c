import type { ChoiceState, ParallelState, States } from '@breakwater/workflows'
import { type Step, type Steps, stepFailed, stepRetry, work } from './steps.ts'

/** Ships, and notifies the customer at the same time. */
export function shipAndNotify(steps: Steps, next: string): ParallelState {
  return {
    Type: 'Parallel',
    Branches: [
      branch(steps, 'ship', 'Ship order', 'Order not shipped'),
      branch(steps, 'notify', 'Notify customer', 'Customer not notified'),
    ],
    Output: { shipment: '{% $states.result[0] %}', notification: '{% $states.result[1] %}' },
    Next: next,
  }
}

/** A branch that fails would stop the other one, so each succeeds with its result or its error as output. */
function branch(steps: Steps, step: Step, name: string, failed: string): States {
  return {
    StartAt: name,
    States: {
      [name]: {
        Type: 'Task',
        ...work(steps, step),
        Output: "{% {'ok': true, 'result': $states.result.Payload} %}",
        Retry: stepRetry,
        Catch: [{ ErrorEquals: ['States.ALL'], Output: stepFailed, Next: failed }],
        End: true,
      },
      [failed]: { Type: 'Pass', End: true },
    },
  }
}

/** An order is undone if it was not shipped, but not if the customer was not notified. */
export function checkShipped(failed: string, next: string): ChoiceState {
  const shipment = '$states.input.shipment'
  return {
    Type: 'Choice',
    Choices: [
      {
        Condition: `{% ${shipment}.ok = false %}`,
        Assign: { failure: `{% {'step': 'ship', 'error': ${shipment}.error, 'cause': ${shipment}.cause} %}` },
        Next: failed,
      },
    ],
    Default: next,
  }
}
