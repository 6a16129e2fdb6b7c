import type { Catcher, State } from './definition.ts'
import { expression, input } from './definition.ts'
import { gateCall } from './guard-states.ts'
import { guardedStateNames, guardVariable } from './names.ts'
import type { ResolvedOptions } from './options.ts'

/** The catchers of a guarded task, and the states that they lead to. */
export interface FailurePaths {
  readonly catchers: readonly Catcher[]
  readonly states: Readonly<Record<string, State>>
}

/**
 * Reports every error of the task to the gate before the workflow goes on with the state of the user's catcher. Step
 * Functions itself picks the catcher and makes its Output and Assign, so these mean what they always mean.
 */
export function failurePaths(resolved: ResolvedOptions): FailurePaths {
  const { name } = resolved
  const names = guardedStateNames(name)
  const variable = guardVariable(name)
  const caught = resolved.catch
  const isComplete = caught.some(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'))
  const [afterAll, last] = isComplete ? [undefined, {}] : lastResort(resolved)
  const all = afterAll ? [...caught, { ErrorEquals: ['States.ALL'], Output: input, Next: afterAll }] : caught
  const recorders = new Map<string, string>()
  for (const { Next } of all) {
    const number = recorders.size ? ` ${recorders.size + 1}` : ''
    if (!recorders.has(Next)) recorders.set(Next, names.recordFailure + number)
  }
  const latest = `{'error': $states.errorOutput.Error, 'cause': $string($states.errorOutput.Cause)}`
  const error = expression(`$merge([$${variable}, {'cause': ''}, ${latest}])`)
  const catchers = all.map(catcher => ({
    ...catcher,
    Assign: { ...('Assign' in catcher && catcher.Assign), [variable]: error },
    Next: recorders.get(catcher.Next)!,
  }))
  const outcome = {
    ok: false,
    error: expression(`$${variable}.error`),
    cause: expression(`$${variable}.cause`),
  }
  const recording = [...recorders].map(([Next, recorder]) => {
    const state: State = {
      ...gateCall(resolved, { action: 'record', outcome }),
      Catch: [{ ErrorEquals: ['States.ALL'], Output: input, Next }],
      Next,
    }
    return [recorder, state] as const
  })
  return { catchers, states: { ...Object.fromEntries(recording), ...last } }
}

/** The target of errors that no catcher names: the fallback, or a Fail state with the same error. */
function lastResort({ name, fallback }: ResolvedOptions): [next: string, states: Record<string, State>] {
  if (fallback && !fallback.when) return [fallback.next, {}]
  const { fallBack, failed } = guardedStateNames(name)
  const variable = guardVariable(name)
  const states: Record<string, State> = {
    [failed]: {
      Type: 'Fail',
      Error: expression(`$${variable}.error`),
      Cause: expression(`$${variable}.cause`),
    },
  }
  if (!fallback?.when) return [failed, states]
  const choice: State = {
    Type: 'Choice',
    Choices: [{ Condition: fallback.when, Next: fallback.next }],
    Default: failed,
  }
  return [fallBack, { [fallBack]: choice, ...states }]
}
