import type { ParallelState } from '../definition/model.ts'
import { StateFailure } from '../errors.ts'
import type { Json } from '../values.ts'
import { payload, type RunStates, together } from './branch.ts'
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
