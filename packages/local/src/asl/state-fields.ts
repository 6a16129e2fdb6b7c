import { type Level, listed, readStates } from './definition.ts'
import type { StatesField } from './expression.ts'
import { type Fields, mostSeconds } from './fields.ts'
import { instantOf } from './instant.ts'
import type { Leaving, MapState, ParallelState, Rule, State, TaskState, WaitState } from './model.ts'
import { isKnown, parseResource, type Resource, resources } from './resource.ts'
import { catchersOf, leavingOf, retriersOf } from './tries.ts'

const before = ['input', 'context'] as const satisfies readonly StatesField[]
const after = ['input', 'context', 'result'] as const satisfies readonly StatesField[]
const common = ['Type', 'Comment', 'QueryLanguage']
const exit = ['Next', 'End', 'Output', 'Assign']
const tried = ['Retry', 'Catch']

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

function exitOf(fields: Fields, names: readonly string[], level: Level, states: readonly StatesField[]) {
  const leaving = leavingOf(fields, level, states)
  const name = fields.state!
  if (fields.has('End') && fields.get('End') !== true) throw fields.refuse('End', 'true')
  if (fields.has('End') && fields.has('Next')) throw fields.refuse('Next', 'either Next or End')
  if (fields.has('End')) return { name, next: undefined, ...leaving }
  if (!fields.has('Next')) throw fields.refuse('Next', `${listed(names)}, or "End": true`)
  return { name, next: target(fields, 'Next', names), ...leaving }
}

function target(fields: Fields, field: string, names: readonly string[]): string {
  const name = fields.text(field, listed(names))
  if (!names.includes(name)) throw fields.refuse(field, listed(names))
  return name
}

function readTask(fields: Fields, names: readonly string[], level: Level): TaskState {
  fields.only(
    ...[
      ...common,
      ...exit,
      ...tried,
      'Resource',
      'Arguments',
      'TimeoutSeconds',
      'HeartbeatSeconds',
      'Credentials',
    ],
  )
  const seconds = (name: string) => wholeOr(fields, name, 1, mostSeconds)
  const [timeoutSeconds, heartbeatSeconds] = [seconds('TimeoutSeconds'), seconds('HeartbeatSeconds')]
  const [limit, beat] = [timeoutSeconds?.constant, heartbeatSeconds?.constant]
  if (typeof limit === 'number' && typeof beat === 'number' && beat >= limit) {
    throw fields.refuse('HeartbeatSeconds', `less than TimeoutSeconds, which is ${limit}`)
  }
  return {
    type: 'Task',
    ...exitOf(fields, names, level, after),
    ...triesOf(fields, names, level),
    resource: resourceOf(fields, level),
    arguments: fields.template('Arguments', before),
    timeoutSeconds,
    heartbeatSeconds,
    credentials: fields.template('Credentials', before),
  }
}

function resourceOf(fields: Fields, { type, supports }: Level): Resource {
  const resource = parseResource(fields.text('Resource', resources))
  if (!resource || !(isKnown(resource) ?? supports(resource))) throw fields.refuse('Resource', resources)
  if (type === 'EXPRESS' && resource.pattern !== 'REQUEST_RESPONSE') {
    throw fields.refuse(
      'Resource',
      'request and response in an EXPRESS machine: neither .sync nor .waitForTaskToken',
    )
  }
  return resource
}

function triesOf(fields: Fields, names: readonly string[], level: Level) {
  const toState = (catcher: Fields) => target(catcher, 'Next', names)
  return { retry: retriersOf(fields), catch: catchersOf(fields, level, toState) }
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

function wholeOr(fields: Fields, name: string, min: number, max: number) {
  const isRight = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
  return fields.dynamic(name, `a whole number from ${min} to ${max}`, isRight, before)
}

function within(level: Level): Omit<Level, 'assigned' | 'later'> {
  return { ...level, outer: new Set([...level.outer, ...level.assigned]) }
}

function readParallel(fields: Fields, names: readonly string[], level: Level): ParallelState {
  fields.only(...common, ...exit, ...tried, 'Branches', 'Arguments')
  const branches: ParallelState['branches'][number][] = []
  // Which variables are those of outside is known when all states there have been read.
  level.later.push(() => {
    for (const branch of fields.objects('Branches')) {
      branch.only('Comment', 'QueryLanguage', 'StartAt', 'States')
      branches.push(readStates(branch, withLanguage(branch, within(level))))
    }
  })
  return {
    type: 'Parallel',
    ...exitOf(fields, names, level, after),
    ...triesOf(fields, names, level),
    arguments: fields.template('Arguments', before),
    branches,
  }
}

function withLanguage(fields: Fields, level: Omit<Level, 'assigned' | 'later'>) {
  return fields.has('QueryLanguage')
    ? { ...level, language: fields.oneOf('QueryLanguage', 'JSONata') }
    : level
}

function readMap(fields: Fields, names: readonly string[], level: Level): MapState {
  const numbers = ['MaxConcurrency', 'ToleratedFailureCount', 'ToleratedFailurePercentage']
  fields.only(...common, ...exit, ...tried, 'Items', 'ItemSelector', 'ItemProcessor', ...numbers)
  const processor = fields.object('ItemProcessor')
  processor.only('Comment', 'QueryLanguage', 'StartAt', 'States', 'ProcessorConfig')
  if (processor.has('ProcessorConfig')) {
    const config = processor.object('ProcessorConfig')
    if (config.get('Mode') === 'DISTRIBUTED')
      throw config.refuse('Mode', '"INLINE"; DISTRIBUTED is not supported')
    config.only('Mode')
    if (config.has('Mode')) config.oneOf('Mode', 'INLINE')
  }
  const state: Omit<MapState, 'processor'> = {
    type: 'Map',
    ...exitOf(fields, names, level, after),
    ...triesOf(fields, names, level),
    items: fields.dynamic('Items', 'an array', Array.isArray, before),
    itemSelector: fields.template('ItemSelector', before),
    maxConcurrency: wholeOr(fields, 'MaxConcurrency', 0, mostSeconds),
    toleratedCount: wholeOr(fields, 'ToleratedFailureCount', 0, mostSeconds),
    toleratedPercentage: fields.dynamic(
      'ToleratedFailurePercentage',
      'a number from 0 to 100',
      isPercentage,
      before,
    ),
  }
  const map = { ...state, processor: undefined as unknown as MapState['processor'] }
  level.later.push(() => {
    map.processor = readStates(processor, withLanguage(processor, within(level)))
  })
  return map
}

function isPercentage(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 100
}
