import { maxSeconds } from '../definition/fields.ts'
import type { ChoiceState, FailState, WaitState } from '../definition/model.ts'
import { StateFailure } from '../errors.ts'
import { parseTimestamp } from '../values.ts'
import type { StateExecution, Transition } from './state-execution.ts'
import { pause } from './timers.ts'

/** Follows the first rule that is true, or Default. */
export async function runChoice(state: ChoiceState, execution: StateExecution): Promise<Transition> {
  for (const [n, rule] of state.choices.entries()) {
    const answer = await execution.evaluate(rule.condition)
    if (answer === true) return execution.transition(rule, rule.next, execution.input)
    const location = `Choices[${n}].Condition`
    if (answer !== false) {
      throw execution.queryFailure(
        `The field '${location}' is ${JSON.stringify(answer)}; allowed is true or false.`,
        location,
      )
    }
  }
  if (state.next !== undefined) return execution.transition(state, state.next, execution.input)
  throw execution.failure('States.NoChoiceMatched', 'No choice is true, and there is no Default.')
}

/** Waits for Seconds, or until Timestamp. */
export async function runWait(state: WaitState, execution: StateExecution): Promise<void> {
  const { context, cancellation } = execution.branch
  const { clock } = context
  const seconds = await execution.evaluateNumber(state.seconds, 'Seconds', 0, maxSeconds)
  if (seconds !== undefined) return pause(clock, seconds * 1_000, cancellation)
  const value = await execution.evaluate(state.timestamp!)
  const at = parseTimestamp(value)
  if (at === undefined) {
    const allowed = 'a time such as 2030-01-31T12:00:00Z'
    throw execution.queryFailure(
      `The field 'Timestamp' is ${JSON.stringify(value)}; allowed is ${allowed}.`,
      'Timestamp',
    )
  }
  return pause(clock, Math.max(0, at - clock.now()), cancellation)
}

/** The failure that a Fail ends with. */
export async function failureOf(state: FailState, execution: StateExecution): Promise<StateFailure> {
  const text = async (location: 'Error' | 'Cause') => {
    const field = location === 'Error' ? state.error : state.cause
    const value = field ? await execution.evaluate(field) : ''
    if (typeof value === 'string') return value
    throw execution.queryFailure(
      `The field '${location}' is ${JSON.stringify(value)}; allowed is a text.`,
      location,
    )
  }
  return new StateFailure(await text('Error'), await text('Cause'))
}
