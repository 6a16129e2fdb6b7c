import type { State, States } from '../definition/model.ts'
import { StateFailure } from '../errors.ts'
import type { Payload, Strand } from './branch.ts'
import { Cancelled } from './cancellation.ts'
import { runParallel } from './parallel.ts'
import { runMap } from './parallel-and-map.ts'
import { backoffMs, matches } from './retry.ts'
import { failureOf, runChoice, runWait } from './simple-states.ts'
import { type Left, Visit, whole } from './state-execution.ts'
import { runTask } from './task.ts'
import { pause } from './timers.ts'

/** Types whose end before their time histories tell of. */
const abortable = ['Task', 'Wait', 'Parallel', 'Map']

/**
 * Runs states one after the other, until one ends them.
 *
 * @throws StateFailure where one fails for good; Cancelled.
 */
export async function runStates(
  { startAt, states }: States,
  input: Payload,
  strand: Strand,
): Promise<Payload> {
  let state = states.get(startAt)!
  let payload = input
  for (;;) {
    const { output, next } = await stay(state, payload, strand)
    if (next === undefined) return output
    payload = output
    state = states.get(next)!
  }
}

async function stay(state: State, input: Payload, strand: Strand): Promise<Left> {
  strand.cancellation.check()
  const visit = new Visit(state, strand, input)
  try {
    const left = await tryUntilDone(state, visit)
    const assignedVariables = left.assigned && strand.variables.set(left.assigned)
    // A Fail never comes here.
    visit.note(`${state.type}StateExited`, {
      name: state.name,
      output: left.output.text,
      outputDetails: whole,
      ...(assignedVariables && { assignedVariables, assignedVariablesDetails: whole }),
    })
    return left
  } catch (error) {
    if (error instanceof Cancelled && abortable.includes(state.type)) visit.note(`${state.type}StateAborted`)
    throw error
  }
}

async function tryUntilDone(state: State, visit: Visit): Promise<Left> {
  if (!('retry' in state)) return perform(state, visit)
  const { clock, random } = visit.strand.around
  const used = state.retry.map(() => 0)
  for (;;) {
    try {
      return await perform(state, visit)
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error
      const n = state.retry.findIndex(({ errors }) => matches(errors, error.error))
      const retrier = state.retry[n]
      if (!retrier || used[n]! >= retrier.maxAttempts) return await caught(state.catch, error, visit)
      const ms = backoffMs(retrier, used[n]!, random)
      used[n]!++
      visit.retryCount++
      await pause(clock, ms, visit.strand.cancellation)
    }
  }
}

async function caught(
  catchers: Extract<State, { type: 'Task' }>['catch'],
  failure: StateFailure,
  visit: Visit,
): Promise<Left> {
  const catcher = catchers.find(({ errors }) => matches(errors, failure.error))
  if (!catcher) throw failure
  const errorOutput = { Error: failure.error, Cause: failure.cause }
  const text = JSON.stringify(errorOutput)
  return visit.leave(catcher, catcher.next, { value: errorOutput, text }, { errorOutput })
}

/** Tries a state once. @throws StateFailure, Cancelled */
async function perform(state: State, visit: Visit): Promise<Left> {
  switch (state.type) {
    case 'Task':
      return runTask(state, visit)
    case 'Parallel':
      return runParallel(state, visit, runStates)
    case 'Map':
      return runMap(state, visit, runStates)
    case 'Choice':
      return runChoice(state, visit)
    case 'Wait':
      await runWait(state, visit)
      break
    case 'Fail':
      throw await failureOf(state, visit)
  }
  return visit.leave(state, state.next, visit.input)
}
