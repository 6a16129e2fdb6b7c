import { StateFailure } from '../errors.ts'
import type { HistoryEvent } from '../types.ts'

/** The limit of events in an execution; the service fails it there as well. */
const maxEvents = 25_000

/** Events that the service never names as `previousEventId`. */
const neverPrevious = /^(MapIteration(Succeeded|Failed|Aborted)|(Map|Parallel)StateSucceeded)$/

/** Where a branch is in the history. */
export interface HistoryPosition {
  /** Id that its next event names as `previousEventId`. */
  previousId: number
  /** Id of its newest event, whatever its type. */
  newestId: number
}

/** The events of an execution, as the service writes them. */
export class History {
  readonly events: HistoryEvent[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * Adds an event of a branch; returns its id.
   *
   * @param details go into the field that the SDK has for the type.
   * @throws StateFailure when the history is full.
   */
  add(position: HistoryPosition, type: string, details?: object): number {
    // The events that end the execution still have room.
    if (this.events.length >= maxEvents - 1 && !/^Execution|(Failed|Aborted)$/.test(type)) {
      throw new StateFailure(
        'States.Runtime',
        `The execution reached the maximum number of history events (${maxEvents}).`,
      )
    }
    const id = this.events.length + 1
    const timestamp = new Date(this.#now())
    const event: HistoryEvent = { timestamp, type, id, previousEventId: position.previousId }
    this.events.push(details ? { ...event, [detailsField(type)]: details } : event)
    position.newestId = id
    if (!neverPrevious.test(type)) position.previousId = id
    return id
  }
}

function detailsField(type: string): `${string}EventDetails` {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails'
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails'
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`
}
