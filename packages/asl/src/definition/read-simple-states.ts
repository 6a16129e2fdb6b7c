import { parseTimestamp } from '../values.ts'
import {
  commonFields,
  exitFields,
  readExit,
  readOutputAndAssign,
  readTarget,
  readWholeNumber,
  type StatesContext,
  statesBefore,
} from './common-fields.ts'
import { type Fields, maxSeconds } from './fields.ts'
import type { ChoiceRule, ChoiceState, FailState, PassState, SucceedState, WaitState } from './model.ts'

/** Reads a Pass. */
export function readPass(fields: Fields, context: StatesContext): PassState {
  fields.only(...commonFields, ...exitFields)
  return { type: 'Pass', ...readExit(fields, context, statesBefore) }
}

/** Reads a Choice. */
export function readChoice(fields: Fields, context: StatesContext): ChoiceState {
  fields.only(...commonFields, 'Choices', 'Default', 'Output', 'Assign')
  const choices = fields.objects('Choices').map((rule): ChoiceRule => {
    rule.only('Condition', 'Next', 'Comment', 'Output', 'Assign')
    const isBoolean = (value: unknown) => typeof value === 'boolean'
    const condition = rule.dynamic('Condition', 'true, false', isBoolean, statesBefore)
    if (!condition) throw rule.refuse('Condition', 'an expression {% … %} that is true or false')
    return {
      condition,
      next: readTarget(rule, 'Next', context),
      ...readOutputAndAssign(rule, context, statesBefore),
    }
  })
  const next = fields.has('Default') ? readTarget(fields, 'Default', context) : undefined
  return {
    type: 'Choice',
    name: fields.state!,
    choices,
    next,
    ...readOutputAndAssign(fields, context, statesBefore),
  }
}

/** Reads a Wait. */
export function readWait(fields: Fields, context: StatesContext): WaitState {
  fields.only(...commonFields, ...exitFields, 'Seconds', 'Timestamp')
  if (fields.has('Seconds') === fields.has('Timestamp')) {
    throw fields.refuse('Seconds', 'either Seconds or Timestamp')
  }
  const isTimestamp = (value: unknown) => parseTimestamp(value) !== undefined
  return {
    type: 'Wait',
    ...readExit(fields, context, statesBefore),
    seconds: readWholeNumber(fields, 'Seconds', 0, maxSeconds),
    timestamp: fields.dynamic('Timestamp', 'a time such as 2030-01-31T12:00:00Z', isTimestamp, statesBefore),
  }
}

/** Reads a Succeed. */
export function readSucceed(fields: Fields): SucceedState {
  fields.only(...commonFields, 'Output')
  const output = fields.template('Output', statesBefore)
  return { type: 'Succeed', name: fields.state!, next: undefined, output, assign: undefined }
}

/** Reads a Fail. */
export function readFail(fields: Fields): FailState {
  fields.only(...commonFields, 'Error', 'Cause')
  const text = (name: string) =>
    fields.dynamic(name, 'a text', value => typeof value === 'string', statesBefore)
  const [error, cause] = [text('Error'), text('Cause')]
  const name = fields.state!
  return { type: 'Fail', name, next: undefined, output: undefined, assign: undefined, error, cause }
}
