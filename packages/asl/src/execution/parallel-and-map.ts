import { mostSeconds } from '../definition/fields.ts'
import type { MapState, ParallelState } from '../definition/model.ts'
import { StateFailure } from '../errors.ts'
import type { Json, JsonObject } from '../values.ts'
import { payload, type RunStates, type Strand, together } from './branch.ts'
import { Cancelled } from './cancellation.ts'
import type { Left, Visit } from './state-execution.ts'

/** Runs all branches beside each other. */
export async function runParallel(state: ParallelState, visit: Visit, runStates: RunStates): Promise<Left> {
  const input = state.arguments ? payload(await visit.evaluate(state.arguments)) : visit.input
  visit.check(input)
  visit.note('ParallelStateStarted')
  const outputs: Json[] = []
  const branches = state.branches.map(
    (branch, n) => async (begin: Parameters<Parameters<typeof together>[1][number]>[0]) => {
      outputs[n] = (await runStates(branch, input, begin())).value
    },
  )
  try {
    await together(visit.strand, branches)
  } catch (error) {
    if (error instanceof StateFailure) visit.note('ParallelStateFailed')
    throw error
  }
  const result = payload(outputs)
  visit.check(result)
  visit.note('ParallelStateSucceeded')
  return visit.leave(state, state.next, result, { result: result.value })
}

/** Iterations beside each other, where MaxConcurrency says nothing: as many as the service has. */
const mostAtOnce = 40

/** Runs the processor once for every item. */
export async function runMap(state: MapState, visit: Visit, runStates: RunStates): Promise<Left> {
  const items = await itemsOf(state, visit)
  const limit = (await visit.number(state.maxConcurrency, 'MaxConcurrency', 0, mostSeconds)) || mostAtOnce
  const tolerated = await toleratedOf(state, visit, items.length)
  visit.note('MapStateStarted', { length: items.length })
  const outputs: Json[] = []
  let next = 0
  let failures = 0

  async function iterate(index: number, strand: Strand): Promise<void> {
    const { history } = strand.around
    const details = { name: state.name, index }
    history.add(strand, 'MapIterationStarted', details)
    try {
      const input = await inputOf(state, visit, items[index]!, strand.item!)
      outputs[index] = (await runStates(state.processor, payload(input), strand)).value
      history.add(strand, 'MapIterationSucceeded', details)
    } catch (error) {
      history.add(strand, error instanceof Cancelled ? 'MapIterationAborted' : 'MapIterationFailed', details)
      if (!(error instanceof StateFailure) || tolerated === undefined) throw error
      outputs[index] = { Error: error.error, Cause: error.cause }
      if (++failures > tolerated) {
        const why = `${failures} of ${items.length} iterations failed.`
        throw visit.failure('States.ExceedToleratedFailureThreshold', why)
      }
    }
  }

  const workers = Array.from({ length: Math.min(limit, items.length) }, () => {
    return async (begin: (item: JsonObject) => Strand) => {
      for (let index = next++; index < items.length; index = next++) {
        await iterate(index, begin({ Item: { Index: index, Value: items[index]! } }))
      }
    }
  })
  try {
    await together(visit.strand, workers)
  } catch (error) {
    if (error instanceof StateFailure) visit.note('MapStateFailed')
    throw error
  }
  const result = payload(outputs)
  visit.check(result)
  visit.note('MapStateSucceeded')
  return visit.leave(state, state.next, result, { result: result.value })
}

async function itemsOf(state: MapState, visit: Visit): Promise<readonly Json[]> {
  const items = state.items ? await visit.evaluate(state.items) : visit.input.value
  if (Array.isArray(items)) return items
  const what = state.items ? "field 'Items'" : 'input of a Map without Items'
  throw visit.failedQuery(`The ${what} is no array.`, 'Items')
}

/** An iteration gets its item, or what ItemSelector makes of it. */
async function inputOf(
  { itemSelector }: MapState,
  visit: Visit,
  item: Json,
  ofMap: JsonObject,
): Promise<Json> {
  return itemSelector ? visit.evaluate(itemSelector, undefined, { ...visit.context, Map: ofMap }) : item
}

/** How many iterations may fail; undefined where none may, and the first failure is that of the state. */
async function toleratedOf(state: MapState, visit: Visit, length: number): Promise<number | undefined> {
  const { toleratedCount, toleratedPercentage } = state
  const count = await visit.number(toleratedCount, 'ToleratedFailureCount', 0, mostSeconds)
  const share = await visit.number(toleratedPercentage, 'ToleratedFailurePercentage', 0, 100, false)
  if (count === undefined && share === undefined) return undefined
  return Math.min(count ?? Infinity, share === undefined ? Infinity : Math.floor((share / 100) * length))
}
