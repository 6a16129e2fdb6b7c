import type { State } from './definition.ts'
import { failurePaths } from './failure-paths.ts'
import { acquireState, checkState, decideState, rejectedState, successState } from './guard-states.ts'
import { guardedStateNames } from './names.ts'
import { type GuardedTask, type GuardedTaskOptions, resolve } from './options.ts'

/**
 * A task of a Step Functions workflow, guarded by a circuit that it shares with Lambda functions and other workflows:
 * states of the Amazon States Language (JSONata) to put into a machine.
 *
 * A healthy task costs two states more and no Lambda; an open circuit rejects in the same two states, and the task is
 * not run. The gate function gives permits to probe and judges outcomes. Where the table or the gate fails, the task
 * runs unguarded. The result of the task is never changed.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const { startAt, states } = guardedTask({
 *   name: 'Charge payment',
 *   circuit: 'payments',
 *   table: '${CircuitTable}',
 *   gate: '${GateFunction}',
 *   task: {
 *     Resource: 'arn:aws:states:::lambda:invoke',
 *     Arguments: { FunctionName: '${ChargeFunction}', Payload: '{% $states.input %}' },
 *     Output: '{% $states.result.Payload %}',
 *   },
 *   next: 'Ship',
 * })
 */
export function guardedTask(options: GuardedTaskOptions): GuardedTask {
  const resolved = resolve(options)
  const { name, task, retry, next } = resolved
  const names = guardedStateNames(name)
  const { catchers, states: afterFailure } = failurePaths(resolved)
  const tried = { ...task, Retry: retry, Catch: catchers }
  const states: Record<string, State> = {
    [names.check]: checkState(resolved),
    [names.decide]: decideState(resolved),
    [names.acquire]: acquireState(resolved),
    [names.task]: { Type: 'Task', ...tried, ...(next === undefined ? { End: true } : { Next: next }) },
    [names.watched]: { Type: 'Task', ...tried, Next: names.recordSuccess },
    [names.recordSuccess]: successState(resolved),
    ...(next === undefined && { [names.done]: { Type: 'Succeed' } }),
    ...afterFailure,
    ...(!resolved.fallback || resolved.fallback.when ? { [names.rejected]: rejectedState(name) } : {}),
  }
  const inJsonata = Object.entries(states).map(([key, state]) => [
    key,
    { QueryLanguage: 'JSONata', ...state },
  ])
  return { startAt: names.check, states: Object.fromEntries(inJsonata) }
}
