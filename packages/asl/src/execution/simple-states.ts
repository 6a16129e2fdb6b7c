import { mostSeconds } from '../definition/fields.ts'
import type { ChoiceState, FailState, WaitState } from '../definition/model.ts'
import { StateFailure } from '../errors.ts'
import { instantOf } from '../values.ts'
import type { Left, Visit } from './state-execution.ts'
import { pause } from './timers.ts'

/** Follows the first rule that is true, or Default. */
export async function runChoice(state: ChoiceState, visit: Visit): Promise<Left> {
  for (const [n, rule] of state.choices.entries()) {
    const answer = await visit.evaluate(rule.condition)
    if (answer === true) return visit.leave(rule, rule.next, visit.input)
    const location = `Choices[${n}].Condition`
    if (answer !== false) {
      throw visit.failedQuery(
        `The field '${location}' is ${JSON.stringify(answer)}; allowed is true or false.`,
        location,
      )
    }
  }
  if (state.next !== undefined) return visit.leave(state, state.next, visit.input)
  throw visit.failure('States.NoChoiceMatched', 'No choice is true, and there is no Default.')
}

/** Waits for Seconds, or until Timestamp. */
export async function runWait(state: WaitState, visit: Visit): Promise<void> {
  const { around, cancellation } = visit.strand
  const { clock } = around
  const seconds = await visit.number(state.seconds, 'Seconds', 0, mostSeconds)
  if (seconds !== undefined) return pause(clock, seconds * 1_000, cancellation)
  const value = await visit.evaluate(state.timestamp!)
  const at = instantOf(value)
  if (at === undefined) {
    const allowed = 'a time such as 2030-01-31T12:00:00Z'
    throw visit.failedQuery(
      `The field 'Timestamp' is ${JSON.stringify(value)}; allowed is ${allowed}.`,
      'Timestamp',
    )
  }
  return pause(clock, Math.max(0, at - clock.now()), cancellation)
}

/** The failure that a Fail ends with. */
export async function failureOf(state: FailState, visit: Visit): Promise<StateFailure> {
  const text = async (location: 'Error' | 'Cause') => {
    const field = location === 'Error' ? state.error : state.cause
    const value = field ? await visit.evaluate(field) : ''
    if (typeof value === 'string') return value
    throw visit.failedQuery(
      `The field '${location}' is ${JSON.stringify(value)}; allowed is a text.`,
      location,
    )
  }
  return new StateFailure(await text('Error'), await text('Cause'))
}
