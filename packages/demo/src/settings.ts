import type { CircuitOptions } from '@breakwater/circuit'
import type { Role } from './demo-stack.ts'

/** The circuit around the payment provider. */
export const circuitName = 'payments'

/** The slow start of {@link functionVariables}, in ms. */
export const recoveryMs = 4_000

/**
 * Environment variables of a function. With these settings an outage fits into seconds; in production they would be
 * minutes.
 *
 * @param environment name of the execution environment, which the circuit reports with its changes.
 */
export function functionVariables(role: Role, environment: string): Record<string, string> {
  const policy: CircuitOptions = {
    windowMs: 2_000,
    minimumCalls: 5,
    openMs: 1_500,
    maxOpenMs: 4_000,
    recoveryMs,
    refreshMs: 250,
    timeoutMs: 800,
  }
  if (role === 'tasks') return {}
  if (role === 'recycler') return recyclerVariables
  const options = role === 'orders' ? { ...policy, environment } : policy
  return { CIRCUIT_OPTIONS: JSON.stringify({ circuits: { [circuitName]: options } }) }
}

/** Settings of the recycler with which a rotation fits into seconds; in production they would be minutes. */
export const recyclerVariables = {
  RECYCLER_OPTIONS: JSON.stringify({ dryRun: false, quietPeriodMs: 1_000, maximumWaitMs: 10_000 }),
}
