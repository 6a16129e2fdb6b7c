import { type RunOptions, runStateMachine } from './run-state-machine.ts'
import type { ExecutionResult } from './types.ts'

/** A machine in JSONata mode that begins with the first of its states. */
export function machineOf(states: Record<string, object>, more: object = {}) {
  return { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0]!, States: states, ...more }
}

/** Runs such a machine. */
export function run(states: Record<string, object>, options?: RunOptions): Promise<ExecutionResult> {
  return runStateMachine(machineOf(states), options)
}

/** A task that calls `resource`, and ends the machine unless `more` has a Next. */
export function task(more: object = {}) {
  const ends = 'Next' in more ? {} : { End: true }
  return { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', ...ends, ...more }
}

/** The types of a history's events. */
export function typesOf({ history }: Pick<ExecutionResult, 'history'>): string[] {
  return history.map(({ type }) => type)
}

/** How long an execution took, in ms. */
export function durationOf({ startDate, stopDate }: ExecutionResult): number {
  return stopDate.getTime() - startDate.getTime()
}

/** Never answers. */
export const never = () => new Promise<never>(() => {})
