import { StateFailure } from '../errors.ts'
import type { HistoryEvent } from '../types.ts'

/** What an execution may have at most; the service ends it as well. */
const mostEvents = 25_000

/** Ends of what lies inside of a state: the service never names them as the event before another one. */
const aside = /^(MapIteration(Succeeded|Failed|Aborted)|(Map|Parallel)StateSucceeded)$/

/** Whose last event is the one before the next. */
export interface Trail {
  last: number
  /** Of all its events, those that stand aside included. */
  newest: number
}

/** What an execution has done, in the service's own words. */
export class History {
  readonly events: HistoryEvent[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * Adds an event after the last one of its trail; returns its id.
   *
   * @param details go into the field that the SDK has for the type.
   * @throws StateFailure when the history is full.
   */
  add(trail: Trail, type: string, details?: object): number {
    // There is room left for what tells of the end.
    if (this.events.length >= mostEvents - 1 && !/^Execution|(Failed|Aborted)$/.test(type)) {
      throw new StateFailure(
        'States.Runtime',
        `The execution reached the maximum number of history events (${mostEvents}).`,
      )
    }
    const id = this.events.length + 1
    const timestamp = new Date(this.#now())
    const event: HistoryEvent = { timestamp, type, id, previousEventId: trail.last }
    this.events.push(details ? { ...event, [fieldOf(type)]: details } : event)
    trail.newest = id
    if (!aside.test(type)) trail.last = id
    return id
  }
}

function fieldOf(type: string): `${string}EventDetails` {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails'
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails'
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`
}
