import { DefinitionError } from '../errors.ts'
import {
  after,
  before,
  common,
  exit,
  exitOf,
  type Level,
  listed,
  type Scope,
  tried,
  wholeOr,
} from './common-fields.ts'
import { Fields, mostSeconds } from './fields.ts'
import type { Machine, MapState, ParallelState, State, States } from './model.ts'
import { triesOf } from './read-retry-and-catch.ts'
import { readChoice, readFail, readPass, readSucceed, readWait } from './read-simple-states.ts'
import { readTask } from './read-task.ts'

type Reader = (fields: Fields, names: readonly string[], level: Level) => State

const readers: Readonly<Record<State['type'], Reader>> = {
  Task: readTask,
  Pass: readPass,
  Choice: readChoice,
  Wait: readWait,
  Succeed: readSucceed,
  Fail: readFail,
  Parallel: readParallel,
  Map: readMap,
}

/**
 * Reads and checks a definition.
 *
 * @param definition an object, or JSON.
 * @throws DefinitionError naming state, field and what is allowed.
 */
export function readMachine(definition: unknown, scope: Scope): Machine {
  const fields = new Fields(parsed(definition), undefined)
  fields.only('Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version')
  if (fields.has('QueryLanguage')) fields.oneOf('QueryLanguage', 'JSONata', 'JSONPath')
  if (fields.has('Version')) fields.oneOf('Version', '1.0')
  const timeoutSeconds = fields.number('TimeoutSeconds', mostSeconds, 1, mostSeconds)
  const states = readStates(fields, {
    ...scope,
    language: fields.get('QueryLanguage') ?? 'JSONPath',
    names: new Set(),
    outer: new Set(),
  })
  return { ...states, timeoutSeconds: fields.has('TimeoutSeconds') ? timeoutSeconds : undefined }
}

function parsed(definition: unknown): unknown {
  if (typeof definition !== 'string') return definition
  try {
    return JSON.parse(definition)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new DefinitionError(
      undefined,
      'definition',
      `is no JSON (${message}); allowed is an object, or its JSON`,
    )
  }
}

/** Reads StartAt and States of a machine, a branch or a processor. */
function readStates(fields: Fields, around: Omit<Level, 'assigned' | 'later'>): States {
  const level: Level = { ...around, assigned: new Set(), later: [] }
  const all = fields.object('States')
  const source = fields.get('States') as Readonly<Record<string, unknown>>
  const names = Object.keys(source)
  if (names.length === 0) throw fields.refuse('States', 'at least one state')
  for (const name of names) {
    if (name.length > 80 || name === '') throw all.refuse(name, 'a name of 1 to 80 characters')
    if (level.names.has(name)) throw all.refuse(name, 'a name that no other state of the machine has')
    level.names.add(name)
  }
  const startAt = fields.text('StartAt', listed(names))
  if (!names.includes(startAt)) throw fields.refuse('StartAt', listed(names))
  const states = new Map<string, State>()
  for (const name of names) states.set(name, readState(new Fields(source[name], name), names, level))
  for (const check of level.later) check()
  return { startAt, states }
}

/** Reads one state. */
function readState(fields: Fields, names: readonly string[], level: Level): State {
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

function within(level: Level): Omit<Level, 'assigned' | 'later'> {
  return { ...level, outer: new Set([...level.outer, ...level.assigned]) }
}

/** Reads a Parallel. */
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

/** Reads a Map. */
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
