import type { State, States } from '../definition/model.ts'
import type { Payload, Strand } from './branch.ts'
import { Cancelled } from './cancellation.ts'
import { runMap, runParallel } from './parallel-and-map.ts'
import { withRetryAndCatch } from './retry.ts'
import { failureOf, runChoice, runWait } from './simple-states.ts'
import { type Left, Visit, whole } from './state-execution.ts'
import { runTask } from './task.ts'

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
    const attempt = () => perform(state, visit)
    const left = await ('retry' in state ? withRetryAndCatch(state, visit, attempt) : attempt())
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
