import { instantOf } from '../values.ts'
import { before, common, exit, exitOf, type Level, leavingOf, target, wholeOr } from './common-fields.ts'
import { type Fields, mostSeconds } from './fields.ts'
import type { ChoiceState, FailState, Leaving, PassState, Rule, SucceedState, WaitState } from './model.ts'

/** Reads a Pass. */
export function readPass(fields: Fields, names: readonly string[], level: Level): PassState {
  fields.only(...common, ...exit)
  return { type: 'Pass', ...exitOf(fields, names, level, before) }
}

/** Reads a Choice. */
export function readChoice(fields: Fields, names: readonly string[], level: Level): ChoiceState {
  fields.only(...common, 'Choices', 'Default', 'Output', 'Assign')
  const choices = fields.objects('Choices').map((rule): Rule => {
    rule.only('Condition', 'Next', 'Comment', 'Output', 'Assign')
    const isBoolean = (value: unknown) => typeof value === 'boolean'
    const condition = rule.dynamic('Condition', 'true, false', isBoolean, before)
    if (!condition) throw rule.refuse('Condition', 'an expression {% … %} that is true or false')
    return { condition, next: target(rule, 'Next', names), ...leavingOf(rule, level, before) }
  })
  const next = fields.has('Default') ? target(fields, 'Default', names) : undefined
  const leaving: Leaving = leavingOf(fields, level, before)
  return { type: 'Choice', name: fields.state!, choices, next, ...leaving }
}

/** Reads a Wait. */
export function readWait(fields: Fields, names: readonly string[], level: Level): WaitState {
  fields.only(...common, ...exit, 'Seconds', 'Timestamp')
  if (fields.has('Seconds') === fields.has('Timestamp')) {
    throw fields.refuse('Seconds', 'either Seconds or Timestamp')
  }
  const isInstant = (value: unknown) => instantOf(value) !== undefined
  return {
    type: 'Wait',
    ...exitOf(fields, names, level, before),
    seconds: wholeOr(fields, 'Seconds', 0, mostSeconds),
    timestamp: fields.dynamic('Timestamp', 'a time such as 2030-01-31T12:00:00Z', isInstant, before),
  }
}

/** Reads a Succeed. */
export function readSucceed(fields: Fields): SucceedState {
  fields.only(...common, 'Output')
  const output = fields.template('Output', before)
  return { type: 'Succeed', name: fields.state!, next: undefined, output, assign: undefined }
}

/** Reads a Fail. */
export function readFail(fields: Fields): FailState {
  fields.only(...common, 'Error', 'Cause')
  const text = (name: string) => fields.dynamic(name, 'a text', value => typeof value === 'string', before)
  const [error, cause] = [text('Error'), text('Cause')]
  const name = fields.state!
  return { type: 'Fail', name, next: undefined, output: undefined, assign: undefined, error, cause }
}
