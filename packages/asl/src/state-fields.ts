import type { Level } from './definition.ts'
import { type Fields, mostSeconds } from './fields.ts'
import { readMap, readParallel } from './inner-fields.ts'
import { instantOf } from './instant.ts'
import type { Leaving, Rule, State, WaitState } from './model.ts'
import { before, common, exit, exitOf, target, wholeOr } from './state-parts.ts'
import { readTask } from './task-fields.ts'
import { leavingOf } from './tries.ts'

type Reader = (fields: Fields, names: readonly string[], level: Level) => State

const readers: Readonly<Record<State['type'], Reader>> = {
  Task: readTask,
  Pass(fields, names, level) {
    fields.only(...common, ...exit)
    return { type: 'Pass', ...exitOf(fields, names, level, before) }
  },
  Choice: readChoice,
  Wait: readWait,
  Succeed(fields) {
    fields.only(...common, 'Output')
    const output = fields.template('Output', before)
    return { type: 'Succeed', name: fields.state!, next: undefined, output, assign: undefined }
  },
  Fail(fields) {
    fields.only(...common, 'Error', 'Cause')
    const text = (name: string) => fields.dynamic(name, 'a text', value => typeof value === 'string', before)
    const [error, cause] = [text('Error'), text('Cause')]
    return {
      type: 'Fail',
      name: fields.state!,
      next: undefined,
      output: undefined,
      assign: undefined,
      error,
      cause,
    }
  },
  Parallel: readParallel,
  Map: readMap,
}

/** Reads one state. */
export function readState(fields: Fields, names: readonly string[], level: Level): State {
  const type = fields.oneOf('Type', ...(Object.keys(readers) as State['type'][]))
  const language = fields.has('QueryLanguage') ? fields.get('QueryLanguage') : level.language
  if (language !== 'JSONata') {
    throw fields.refuse(
      'QueryLanguage',
      '"JSONata", here or at the top of the machine; JSONPath mode is not supported',
    )
  }
  if (fields.has('Comment') && typeof fields.get('Comment') !== 'string')
    throw fields.refuse('Comment', 'a text')
  return readers[type](fields, names, level)
}

function readChoice(fields: Fields, names: readonly string[], level: Level): State {
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

function readWait(fields: Fields, names: readonly string[], level: Level): WaitState {
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
