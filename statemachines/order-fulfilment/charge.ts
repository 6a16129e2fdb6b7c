import {
  type ChoiceState,
  circuitOpenError,
  guardVariable,
  type PassState,
  type TaskWork,
  type WaitState,
} from '@breakwater/workflows'
import { type Steps, work } from './steps.ts'

/** Name of the guarded task. */
export const chargeName = 'Charge payment'

const guard = `$${guardVariable(chargeName)}`

/** Charges the order. */
export function chargeWork(steps: Steps): TaskWork {
  return { ...work(steps, 'charge'), Assign: { receipt: '{% $states.result.Payload %}' } }
}

/** While the circuit is open: wait, but at most `maxWaits` times. */
export function waitAgain(maxWaits: number, wait: string, giveUp: string): ChoiceState {
  return {
    Type: 'Choice',
    Choices: [{ Condition: `{% $waits < ${maxWaits} %}`, Next: wait }],
    Default: giveUp,
  }
}

/**
 * Waits as long as the circuit says, and at least 1, 2, 4, … seconds: a circuit that probes or recovers says one second,
 * while many orders wait. Later waits are spread at random, so that the orders do not come back in step.
 */
export function waitForCircuit(next: string): WaitState {
  const minSeconds = '$power(2, $waits)'
  return {
    Type: 'Wait',
    Seconds: `{% $max([$ceil(${guard}.retryAfterMs / 1000), ${minSeconds}]) + $floor($random() * ${minSeconds}) %}`,
    Assign: { waits: '{% $waits + 1 %}' },
    Next: next,
  }
}

/** Fails as the guarded task would have, with the details from which a client makes a CircuitOpenError. */
export function giveUp(next: string): PassState {
  const details = ['circuit', 'reason', 'retryAfterMs'].map(key => `'${key}': ${guard}.${key}`)
  return {
    Type: 'Pass',
    Assign: {
      failure: `{% {'step': 'charge', 'error': '${circuitOpenError}', ${details.join(', ')}, 'waits': $waits} %}`,
    },
    Next: next,
  }
}
