import { type Level, readStates } from './definition.ts'
import { type Fields, mostSeconds } from './fields.ts'
import type { MapState, ParallelState } from './model.ts'
import { after, before, common, exit, exitOf, tried, triesOf, wholeOr } from './state-parts.ts'

function within(level: Level): Omit<Level, 'assigned' | 'later'> {
  return { ...level, outer: new Set([...level.outer, ...level.assigned]) }
}

/** Reads a Parallel. */
export function readParallel(fields: Fields, names: readonly string[], level: Level): ParallelState {
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
export function readMap(fields: Fields, names: readonly string[], level: Level): MapState {
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
