import { checkValue, required, text } from '@breakwater/circuit/shared'

/**
 * The named error of a guarded task whose circuit is open. Its Cause is JSON: `{ circuit, reason, retryAfterMs }`.
 *
 * @example
 * const caught = { ErrorEquals: [circuitOpenError], Next: 'Later' } // of a Map or Parallel around guarded tasks
 */
export const circuitOpenError = 'Breakwater.CircuitOpen'

/**
 * The named error of an execution whose input the workflow does not accept. Its Cause is JSON: `{ field, message }`.
 *
 * @example
 * if (isWorkflowError(error) && error.error === badInputError) return badRequest(error.cause)
 */
export const badInputError = 'Breakwater.BadInput'

/** Names of the states of one guarded task. */
export interface GuardedStateNames {
  /** The task itself, as it is run through a healthy circuit. */
  readonly task: string
  /** Reads the circuit. */
  readonly check: string
  /** Goes on as decided. */
  readonly decide: string
  /** Asks the gate for a permit to probe. */
  readonly acquire: string
  /** The same task, where its success is reported to the circuit as well. */
  readonly watched: string
  /** Reports a success to the gate. */
  readonly recordSuccess: string
  /** Reports a failure to the gate; ` 2`, ` 3` follow where catchers lead to several states. */
  readonly recordFailure: string
  /** Chooses between the fallback and the error of the task, where the fallback has a condition. */
  readonly fallBack: string
  /** Fails with Breakwater.CircuitOpen. */
  readonly rejected: string
  /** Fails with the error of the task. */
  readonly failed: string
  /** Ends the machine where recording the last success failed. */
  readonly done: string
}

const suffixes = {
  check: 'check circuit',
  decide: 'decide',
  acquire: 'acquire permit',
  watched: 'watched',
  recordSuccess: 'record success',
  recordFailure: 'record failure',
  fallBack: 'fall back',
  rejected: 'rejected',
  failed: 'failed',
  done: 'done',
} as const

/** The limit of Step Functions for the name of a state, in characters. */
export const maxStateNameLength = 80

/** Max length of a guarded task's name: every state made of it must keep the limit, with a catcher's number too. */
export const maxNameLength = maxStateNameLength - ': record failure 99'.length

/**
 * Names of the states that guard a task, for diagrams, metrics and tests. Not every guarded task has all of them.
 *
 * @param name the task's own name.
 * @example
 * guardedStateNames('Charge').check // 'Charge: check circuit'
 */
export function guardedStateNames(name: string): GuardedStateNames {
  checkValue('guardedStateNames', 'name', name, required(text))
  const named = Object.entries(suffixes).map(([key, suffix]) => [key, `${name}: ${suffix}`])
  return { task: name, ...Object.fromEntries(named) } as GuardedStateNames
}

/**
 * Name of the variable that holds the decision about a guarded task: `{ circuit, decision, token, reason, retryAfterMs,
 * error, cause }`. Each task has its own, since variables of a branch may not hide those outside it.
 *
 * @example
 * guardVariable('Charge payment') // 'chargePaymentCircuit': '{% $chargePaymentCircuit.retryAfterMs %}'
 */
export function guardVariable(name: string): string {
  checkValue('guardVariable', 'name', name, required(text))
  const words = (name.match(/[\p{L}\p{N}]+/gu) ?? []).map(word => word[0]!.toUpperCase() + word.slice(1))
  const joined = `${words.join('')}Circuit`.replace(/^\p{N}/u, 'Task$&')
  return joined[0]!.toLowerCase() + joined.slice(1)
}
