import type { States } from '../definition/model.ts'
import { Variables } from '../expressions/variables.ts'
import type { Clock } from '../time/clock.ts'
import type { Integration } from '../types.ts'
import type { Json, JsonObject } from '../values.ts'
import { Cancellation, Cancelled } from './cancellation.ts'
import type { History, HistoryPosition } from './history.ts'
import type { TaskTokens } from './task-tokens.ts'

/** The clock, history, tokens and so on that all states of an execution share. */
export interface ExecutionContext {
  readonly clock: Clock
  readonly random: () => number
  readonly history: History
  readonly tokens: TaskTokens
  readonly integrations: Integration
  readonly region: string
  /** Execution and StateMachine of the context object. */
  readonly contextObject: JsonObject
  /** A token that no other task has. */
  readonly newToken: () => string
}

/** States that run one after the other: those of the execution, of a branch of Parallel, or of an iteration of Map. */
export interface Branch extends HistoryPosition {
  readonly context: ExecutionContext
  readonly cancellation: Cancellation
  readonly variables: Variables
  /** `Map` of the context object. */
  readonly mapItem: JsonObject | undefined
}

/** Runs states one after the other, until one ends them; Parallel and Map run their branches by it. */
export type RunStates = (states: States, input: Payload, branch: Branch) => Promise<Payload>

/** A value and its JSON: histories hold the JSON, and limits count its bytes. */
export interface Payload {
  readonly value: Json
  readonly text: string
}

/** A value as a payload. */
export function payload(value: Json): Payload {
  return { value, text: JSON.stringify(value) }
}

/** Runs one of several branches; `begin` makes the branch, for an iteration with its item. */
export type BranchRunner = (begin: (mapItem?: JsonObject) => Branch) => Promise<void>

/**
 * Runs branches inside another one, all at the same time. The first that fails cancels the others and is thrown once all
 * have ended: nothing goes on afterwards.
 *
 * @throws the error of the first that failed.
 */
export async function runInParallel(outer: Branch, runners: readonly BranchRunner[]): Promise<void> {
  const { previousId: startId, context } = outer
  const cancellation = new Cancellation()
  const stopListening = outer.cancellation.onCancel(reason => cancellation.cancel(reason))
  let failure: { readonly error: unknown; readonly previousId: number } | undefined
  await Promise.all(
    runners.map(async run => {
      let branch: Branch | undefined
      const begin = (mapItem = outer.mapItem) => {
        cancellation.throwIfCancelled()
        const previousId = branch?.previousId ?? startId
        const variables = new Variables(outer.variables)
        branch = { context, cancellation, variables, mapItem, previousId, newestId: previousId }
        return branch
      }
      try {
        await run(begin)
        outer.previousId = Math.max(outer.previousId, branch?.newestId ?? startId)
      } catch (error) {
        failure ??= { error, previousId: branch?.previousId ?? startId }
        cancellation.cancel(new Cancelled('BRANCH'))
      }
    }),
  )
  stopListening()
  if (!failure) return
  outer.previousId = failure.previousId
  throw failure.error
}
