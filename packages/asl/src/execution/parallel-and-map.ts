import { maxSeconds } from '../definition/fields.ts'
import type { MapState, ParallelState } from '../definition/model.ts'
import { StateFailure } from '../errors.ts'
import type { Json, JsonObject } from '../values.ts'
import { type Branch, type BranchRunner, payload, type RunStates, runInParallel } from './branch.ts'
import { Cancelled } from './cancellation.ts'
import type { StateExecution, Transition } from './state-execution.ts'

/** Runs all branches at the same time. */
export async function runParallel(
  state: ParallelState,
  execution: StateExecution,
  runStates: RunStates,
): Promise<Transition> {
  const input = state.arguments ? payload(await execution.evaluate(state.arguments)) : execution.input
  execution.checkSize(input)
  execution.addEvent('ParallelStateStarted')
  const outputs: Json[] = []
  const branches = state.branches.map(
    (branch, n): BranchRunner =>
      async begin => {
        outputs[n] = (await runStates(branch, input, begin())).value
      },
  )
  try {
    await runInParallel(execution.branch, branches)
  } catch (error) {
    if (error instanceof StateFailure) execution.addEvent('ParallelStateFailed')
    throw error
  }
  const result = payload(outputs)
  execution.checkSize(result)
  execution.addEvent('ParallelStateSucceeded')
  return execution.transition(state, state.next, result, { result: result.value })
}

/** Iterations at the same time where MaxConcurrency is 0 or not given, as in the service. */
const defaultConcurrency = 40

/** Runs the processor once for every item. */
export async function runMap(
  state: MapState,
  execution: StateExecution,
  runStates: RunStates,
): Promise<Transition> {
  const items = await itemsOf(state, execution)
  const limit =
    (await execution.evaluateNumber(state.maxConcurrency, 'MaxConcurrency', 0, maxSeconds)) ||
    defaultConcurrency
  const tolerated = await toleratedOf(state, execution, items.length)
  execution.addEvent('MapStateStarted', { length: items.length })
  const outputs: Json[] = []
  let next = 0
  let failures = 0

  async function iterate(index: number, branch: Branch): Promise<void> {
    const { history } = branch.context
    const details = { name: state.name, index }
    history.add(branch, 'MapIterationStarted', details)
    try {
      const input = await inputOf(state, execution, items[index]!, branch.mapItem!)
      outputs[index] = (await runStates(state.processor, payload(input), branch)).value
      history.add(branch, 'MapIterationSucceeded', details)
    } catch (error) {
      history.add(branch, error instanceof Cancelled ? 'MapIterationAborted' : 'MapIterationFailed', details)
      if (!(error instanceof StateFailure) || tolerated === undefined) throw error
      outputs[index] = { Error: error.error, Cause: error.cause }
      if (++failures > tolerated) {
        const why = `${failures} of ${items.length} iterations failed.`
        throw execution.failure('States.ExceedToleratedFailureThreshold', why)
      }
    }
  }

  const workers = Array.from({ length: Math.min(limit, items.length) }, (): BranchRunner => {
    return async begin => {
      for (let index = next++; index < items.length; index = next++) {
        await iterate(index, begin({ Item: { Index: index, Value: items[index]! } }))
      }
    }
  })
  try {
    await runInParallel(execution.branch, workers)
  } catch (error) {
    if (error instanceof StateFailure) execution.addEvent('MapStateFailed')
    throw error
  }
  const result = payload(outputs)
  execution.checkSize(result)
  execution.addEvent('MapStateSucceeded')
  return execution.transition(state, state.next, result, { result: result.value })
}

async function itemsOf(state: MapState, execution: StateExecution): Promise<readonly Json[]> {
  const items = state.items ? await execution.evaluate(state.items) : execution.input.value
  if (Array.isArray(items)) return items
  const what = state.items ? "field 'Items'" : 'input of a Map without Items'
  throw execution.queryFailure(`The ${what} is no array.`, 'Items')
}

/** The input of an iteration: its item, or the value of ItemSelector. */
async function inputOf(
  { itemSelector }: MapState,
  execution: StateExecution,
  item: Json,
  mapItem: JsonObject,
): Promise<Json> {
  return itemSelector
    ? execution.evaluate(itemSelector, undefined, { ...execution.contextObject, Map: mapItem })
    : item
}

/** The number of iterations that may fail; undefined where the first failure fails the state. */
async function toleratedOf(
  state: MapState,
  execution: StateExecution,
  length: number,
): Promise<number | undefined> {
  const { toleratedCount, toleratedPercentage } = state
  const count = await execution.evaluateNumber(toleratedCount, 'ToleratedFailureCount', 0, maxSeconds)
  const share = await execution.evaluateNumber(
    toleratedPercentage,
    'ToleratedFailurePercentage',
    0,
    100,
    false,
  )
  if (count === undefined && share === undefined) return undefined
  return Math.min(count ?? Infinity, share === undefined ? Infinity : Math.floor((share / 100) * length))
}
