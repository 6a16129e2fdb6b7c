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

/** Where the circuit is open: wait, but not for ever. */
export function waitAgain(maxWaits: number, wait: string, giveUp: string): ChoiceState {
  return {
    Type: 'Choice',
    Choices: [{ Condition: `{% $waits < ${maxWaits} %}`, Next: wait }],
    Default: giveUp,
  }
}

/**
 * As long as the circuit says, and at least 1, 2, 4, … seconds: while it probes and recovers it asks for a second at a
 * time, and many orders wait. Later waits are spread by chance, so that they do not come back in step.
 */
export function waitForCircuit(next: string): WaitState {
  const least = '$power(2, $waits)'
  return {
    Type: 'Wait',
    Seconds: `{% $max([$ceil(${guard}.retryAfterMs / 1000), ${least}]) + $floor($random() * ${least}) %}`,
    Assign: { waits: '{% $waits + 1 %}' },
    Next: next,
  }
}

/** The order fails as the guarded task would have, with what a client needs to make a CircuitOpenError of it. */
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
