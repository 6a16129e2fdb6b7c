import type { States } from '../definition/model.ts'
import { Variables } from '../expressions/variables.ts'
import type { Clock } from '../time/clock.ts'
import type { Integration } from '../types.ts'
import type { Json, JsonObject } from '../values.ts'
import { Cancellation, Cancelled } from './cancellation.ts'
import type { History, Trail } from './history.ts'
import type { TaskTokens } from './task-tokens.ts'

/** What all states of an execution share. */
export interface Surrounding {
  readonly clock: Clock
  readonly random: () => number
  readonly history: History
  readonly tokens: TaskTokens
  readonly integrations: Integration
  readonly region: string
  /** Execution and StateMachine of the context object. */
  readonly context: JsonObject
  /** A token that no other task has. */
  readonly newToken: () => string
}

/** One line of states, one after the other: of the execution, of a branch, of an iteration. */
export interface Strand extends Trail {
  readonly around: Surrounding
  readonly cancellation: Cancellation
  readonly variables: Variables
  /** Map of the context object. */
  readonly item: JsonObject | undefined
}

/** Runs states one after the other, until one ends them; Parallel and Map run their branches by it. */
export type RunStates = (states: States, input: Payload, strand: Strand) => Promise<Payload>

/** A value beside its JSON, which histories hold and sizes are counted by. */
export interface Payload {
  readonly value: Json
  readonly text: string
}

/** A value as a payload. */
export function payload(value: Json): Payload {
  return { value, text: JSON.stringify(value) }
}

/**
 * Runs strands beside each other inside another one. The first that fails ends the others, and is waited for no less than
 * they are: nothing goes on when this is over.
 *
 * @throws what the first of them failed with.
 */
export async function together(
  outer: Strand,
  strands: readonly ((begin: (item?: JsonObject) => Strand) => Promise<void>)[],
): Promise<void> {
  const { last: start, around } = outer
  const cancellation = new Cancellation()
  const forget = outer.cancellation.add(reason => cancellation.cancel(reason))
  let failure: { readonly error: unknown; readonly last: number } | undefined
  await Promise.all(
    strands.map(async run => {
      let strand: Strand | undefined
      const begin = (item = outer.item) => {
        cancellation.check()
        const last = strand?.last ?? start
        strand = { around, cancellation, variables: new Variables(outer.variables), item, last, newest: last }
        return strand
      }
      try {
        await run(begin)
        outer.last = Math.max(outer.last, strand?.newest ?? start)
      } catch (error) {
        failure ??= { error, last: strand?.last ?? start }
        cancellation.cancel(new Cancelled('BRANCH'))
      }
    }),
  )
  forget()
  if (!failure) return
  outer.last = failure.last
  throw failure.error
}
