import type { Catcher, State } from './definition.ts'
import { expression, input } from './definition.ts'
import { gateCall } from './guard-states.ts'
import { guardedStateNames, guardVariable } from './names.ts'
import type { Resolved } from './options.ts'

/** The catchers of a guarded task, and the states they lead to. */
export interface FailurePaths {
  readonly catchers: readonly Catcher[]
  readonly states: Readonly<Record<string, State>>
}

/**
 * Every error of the task is told to the gate before it goes where it would have gone: Step Functions itself picks the
 * catcher, and makes its Output and Assign, so these mean what they always mean.
 */
export function failurePaths(resolved: Resolved): FailurePaths {
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
  const news = `{'error': $states.errorOutput.Error, 'cause': $string($states.errorOutput.Cause)}`
  const error = expression(`$merge([$${variable}, {'cause': ''}, ${news}])`)
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

/** Where errors go that no catcher of the user's names: the fallback, or out as they came. */
function lastResort({ name, fallback }: Resolved): [next: string, states: Record<string, State>] {
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
