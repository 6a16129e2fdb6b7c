import type { State, States } from '../definition/model.ts'
import type { Branch, Payload } from './branch.ts'
import { Cancelled } from './cancellation.ts'
import { runMap, runParallel } from './parallel-and-map.ts'
import { withRetryAndCatch } from './retry.ts'
import { failureOf, runChoice, runWait } from './simple-states.ts'
import { notTruncated, StateExecution, type Transition } from './state-execution.ts'
import { runTask } from './task.ts'

/** Types of state that have an event for being aborted. */
const abortable = ['Task', 'Wait', 'Parallel', 'Map']

/**
 * Runs states one after the other, from StartAt to the end.
 *
 * @throws StateFailure where one fails and nothing catches it; Cancelled.
 */
export async function runStates(
  { startAt, states }: States,
  input: Payload,
  branch: Branch,
): Promise<Payload> {
  let state = states.get(startAt)!
  let payload = input
  for (;;) {
    const { output, next } = await runState(state, payload, branch)
    if (next === undefined) return output
    payload = output
    state = states.get(next)!
  }
}

async function runState(state: State, input: Payload, branch: Branch): Promise<Transition> {
  branch.cancellation.throwIfCancelled()
  const execution = new StateExecution(state, branch, input)
  try {
    const attempt = () => attemptState(state, execution)
    const transition = await ('retry' in state ? withRetryAndCatch(state, execution, attempt) : attempt())
    const assignedVariables = transition.assigned && branch.variables.set(transition.assigned)
    // A Fail has thrown before this.
    execution.addEvent(`${state.type}StateExited`, {
      name: state.name,
      output: transition.output.text,
      outputDetails: notTruncated,
      ...(assignedVariables && { assignedVariables, assignedVariablesDetails: notTruncated }),
    })
    return transition
  } catch (error) {
    if (error instanceof Cancelled && abortable.includes(state.type))
      execution.addEvent(`${state.type}StateAborted`)
    throw error
  }
}

/** Makes one attempt of a state. @throws StateFailure, Cancelled */
async function attemptState(state: State, execution: StateExecution): Promise<Transition> {
  switch (state.type) {
    case 'Task':
      return runTask(state, execution)
    case 'Parallel':
      return runParallel(state, execution, runStates)
    case 'Map':
      return runMap(state, execution, runStates)
    case 'Choice':
      return runChoice(state, execution)
    case 'Wait':
      await runWait(state, execution)
      break
    case 'Fail':
      throw await failureOf(state, execution)
  }
  return execution.transition(state, state.next, execution.input)
}
