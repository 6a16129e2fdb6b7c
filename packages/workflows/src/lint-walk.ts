import type { State, States } from './definition.ts'

/** The machine itself, and every branch and Map processor in it, however deep. */
export function partsOf(part: States): readonly States[] {
  const inner = Object.values(part.States).flatMap(innerParts)
  return [part, ...inner.flatMap(partsOf)]
}

function innerParts(state: State): readonly States[] {
  if (state.Type === 'Parallel') return state.Branches
  return state.Type === 'Map' ? [state.ItemProcessor] : []
}

/** Names of the states that no way from the start leads to. */
export function unreachable(part: States): ReadonlySet<string> {
  const lost = new Set(Object.keys(part.States))
  const waiting = [part.StartAt]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (lost.delete(name)) waiting.push(...waysOut(part.States[name]!))
  }
  return lost
}

function waysOut(state: State): readonly string[] {
  const {
    Next,
    Default,
    Choices = [],
    Catch = [],
  } = state as {
    Next?: string
    Default?: string
    Choices?: readonly { Next: string }[]
    Catch?: readonly { Next: string }[]
  }
  return [Next, Default, ...[...Choices, ...Catch].map(way => way.Next)].filter(name => name !== undefined)
}
