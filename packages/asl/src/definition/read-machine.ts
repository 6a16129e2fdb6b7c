import { DefinitionError } from '../errors.ts'
import { maxLevels, nestsTooDeep } from '../values.ts'
import {
  commonFields,
  type DefinitionRules,
  exitFields,
  readExit,
  readTarget,
  readWholeNumber,
  retryFields,
  type StatesContext,
  shownNames,
  statesAfter,
  statesBefore,
} from './common-fields.ts'
import { Fields, maxSeconds } from './fields.ts'
import type { Machine, MapState, ParallelState, State, States } from './model.ts'
import { readRetryAndCatch } from './read-retry-and-catch.ts'
import { readChoice, readFail, readPass, readSucceed, readWait } from './read-simple-states.ts'
import { readTask } from './read-task.ts'

/** A context without what each group of states has for itself. */
type OuterContext = Omit<StatesContext, 'siblings' | 'siblingsShown' | 'ownVariables' | 'deferred'>

type Reader = (fields: Fields, context: StatesContext) => State

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
export function readMachine(definition: unknown, rules: DefinitionRules): Machine {
  const parsed = parseDefinition(definition)
  if (nestsTooDeep(parsed)) {
    const message = `nests deeper than ${maxLevels} levels; allowed are at most ${maxLevels}`
    throw new DefinitionError(undefined, 'definition', message)
  }
  const fields = new Fields(parsed, undefined)
  fields.only('Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version')
  if (fields.has('QueryLanguage')) fields.oneOf('QueryLanguage', 'JSONata', 'JSONPath')
  if (fields.has('Version')) fields.oneOf('Version', '1.0')
  const timeoutSeconds = fields.number('TimeoutSeconds', maxSeconds, 1, maxSeconds)
  const states = readStates(fields, {
    ...rules,
    language: fields.get('QueryLanguage') ?? 'JSONPath',
    allNames: new Set(),
    outerVariables: new Set(),
  })
  return { ...states, timeoutSeconds: fields.has('TimeoutSeconds') ? timeoutSeconds : undefined }
}

function parseDefinition(definition: unknown): unknown {
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
function readStates(fields: Fields, outer: OuterContext): States {
  const all = fields.object('States')
  const source = fields.get('States') as Readonly<Record<string, unknown>>
  const names = Object.keys(source)
  if (names.length === 0) throw fields.refuse('States', 'at least one state')
  for (const name of names) {
    if (name.length > 80 || name === '') throw all.refuse(name, 'a name of 1 to 80 characters')
    if (outer.allNames.has(name)) throw all.refuse(name, 'a name that no other state of the machine has')
    outer.allNames.add(name)
  }
  const context: StatesContext = {
    ...outer,
    siblings: new Set(names),
    siblingsShown: shownNames(names),
    ownVariables: new Set(),
    deferred: [],
  }
  const startAt = readTarget(fields, 'StartAt', context)
  const states = new Map<string, State>()
  for (const name of names) states.set(name, readState(new Fields(source[name], name), context))
  if (context.deferred.length > 0) {
    const visible = new Set([...context.outerVariables, ...context.ownVariables])
    for (const read of context.deferred) read(visible)
  }
  return { startAt, states }
}

/** Reads one state. */
function readState(fields: Fields, context: StatesContext): State {
  const type = fields.oneOf('Type', ...(Object.keys(readers) as State['type'][]))
  const language = fields.has('QueryLanguage') ? fields.get('QueryLanguage') : context.language
  if (language !== 'JSONata') {
    throw fields.refuse(
      'QueryLanguage',
      '"JSONata", here or at the top of the machine; JSONPath mode is not supported',
    )
  }
  if (fields.has('Comment') && typeof fields.get('Comment') !== 'string')
    throw fields.refuse('Comment', 'a text')
  return readers[type](fields, context)
}

/** Reads a Parallel. */
function readParallel(fields: Fields, context: StatesContext): ParallelState {
  fields.only(...commonFields, ...exitFields, ...retryFields, 'Branches', 'Arguments')
  const branches: ParallelState['branches'][number][] = []
  // The variables of the enclosing states are known when all of them have been read.
  context.deferred.push(visible => {
    for (const branch of fields.objects('Branches')) {
      branch.only('Comment', 'QueryLanguage', 'StartAt', 'States')
      branches.push(readStates(branch, innerContext(branch, context, visible)))
    }
  })
  return {
    type: 'Parallel',
    ...readExit(fields, context, statesAfter),
    ...readRetryAndCatch(fields, context),
    arguments: fields.template('Arguments', statesBefore),
    branches,
  }
}

/** The context of the states inside a Parallel or Map. */
function innerContext(
  fields: Fields,
  outer: StatesContext,
  outerVariables: ReadonlySet<string>,
): OuterContext {
  const language = fields.has('QueryLanguage') ? fields.oneOf('QueryLanguage', 'JSONata') : outer.language
  return { ...outer, language, outerVariables }
}

/** Reads a Map. */
function readMap(fields: Fields, context: StatesContext): MapState {
  const numbers = ['MaxConcurrency', 'ToleratedFailureCount', 'ToleratedFailurePercentage']
  fields.only(
    ...commonFields,
    ...exitFields,
    ...retryFields,
    'Items',
    'ItemSelector',
    'ItemProcessor',
    ...numbers,
  )
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
    ...readExit(fields, context, statesAfter),
    ...readRetryAndCatch(fields, context),
    items: fields.dynamic('Items', 'an array', Array.isArray, statesBefore),
    itemSelector: fields.template('ItemSelector', statesBefore),
    maxConcurrency: readWholeNumber(fields, 'MaxConcurrency', 0, maxSeconds),
    toleratedCount: readWholeNumber(fields, 'ToleratedFailureCount', 0, maxSeconds),
    toleratedPercentage: fields.dynamic(
      'ToleratedFailurePercentage',
      'a number from 0 to 100',
      isPercentage,
      statesBefore,
    ),
  }
  const map = { ...state, processor: undefined as unknown as MapState['processor'] }
  context.deferred.push(visible => {
    map.processor = readStates(processor, innerContext(processor, context, visible))
  })
  return map
}

function isPercentage(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 100
}
