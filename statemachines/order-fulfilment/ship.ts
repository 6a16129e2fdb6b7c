import type { ChoiceState, ParallelState, States } from '@breakwater/workflows'
import { stepRetry, stepFailed, type Step, type Steps, work } from './steps.ts'

/** Ships, and tells the customer meanwhile that the payment has arrived. */
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

/** A branch that fails would end the other one in the middle of its work, so each says how it went. */
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

/** A customer who could not be told is no reason to take an order back. */
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
