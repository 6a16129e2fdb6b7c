import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { parsed } from './errors.ts'

/** One stay in one state. */
export interface StateVisit {
  readonly state: string
  /** Type of the state, such as `Task` or `Choice`. */
  readonly type: string
  /** Epoch ms. */
  readonly enteredAt: number
  /** Until it was left; of the last one until the execution ended, or until now. In ms. */
  readonly durationMs: number
  /** `caught`: it failed, and its Catch went on. `stopped`: the execution ended around it. */
  readonly outcome: 'succeeded' | 'caught' | 'failed' | 'stopped' | 'running'
  /** How often its work was begun; 0 for states that have none, such as Choice and Wait. */
  readonly attempts: number
  /** How often it was begun again by Retry. */
  readonly retries: number
  /** Name of its last error. */
  readonly error?: string
  /** Cause of its last error, parsed if it was JSON. */
  readonly cause?: unknown
}

/** A visit while the history is read. */
interface Visit {
  readonly state: string
  readonly type: string
  readonly enteredAt: number
  /** The Parallel or Map state around it. */
  readonly parent: Visit | undefined
  leftAt?: number
  /** When the Parallel or Map around it failed, which ends it as well. */
  droppedAt?: number
  attempts: number
  succeeded: boolean
  fault?: { readonly error?: string | undefined; readonly cause?: string | undefined }
}

const begun = /^((Task|LambdaFunction|Activity)Scheduled|(Parallel|Map)StateStarted)$/
const faulty = /(Failed|TimedOut)$/
const around = /^(Parallel|Map)(State(Started|Succeeded|Failed)|Iteration|Run)/

/**
 * Reads who was where from a history: events name the one before, not the state they belong to.
 *
 * @param endedAt when the execution ended, or the present. Epoch ms.
 * @returns the visits in the order of their beginning, and the one whose failure ended the execution.
 */
export function readHistory(
  events: readonly HistoryEvent[],
  endedAt: number,
  running: boolean,
): { readonly visits: readonly StateVisit[]; readonly failed: StateVisit | undefined } {
  const byId = new Map(events.map(event => [event.id, event]))
  /** The innermost visit going on after an event. */
  const after = new Map<number | undefined, Visit | undefined>()
  const visits: Visit[] = []
  let last: HistoryEvent | undefined

  for (const event of events) {
    const { id, previousEventId, type = '', stateEnteredEventDetails, stateExitedEventDetails } = event
    const at = event.timestamp?.getTime() ?? endedAt
    let visit = after.get(previousEventId)
    if (stateEnteredEventDetails) {
      const state = stateEnteredEventDetails.name ?? ''
      const kind = type.replace(/StateEntered$/, '')
      visit = { state, type: kind, enteredAt: at, parent: visit, attempts: 0, succeeded: false }
      visits.push(visit)
    } else if (stateExitedEventDetails) {
      const left = upTo(visit, ({ state }) => state === stateExitedEventDetails.name)
      if (left) left.leftAt = at
      visit = left?.parent
    } else if (type.startsWith('Execution')) {
      if (faulty.test(type) || type === 'ExecutionAborted') last = event
    } else {
      const container = around.exec(type)?.[1]
      if (container) visit = upTo(visit, ({ type }) => type === container)
      if (visit) note(visit, event, type)
      if (container && type.endsWith('StateFailed')) drop(visit, at)
    }
    after.set(id, visit)
  }

  function drop(container: Visit | undefined, at: number): void {
    for (const visit of visits) {
      if (visit !== container && upTo(visit, outer => outer === container)) visit.droppedAt ??= at
    }
  }

  const failing = failedVisit()
  const told = new Map(visits.map(visit => [visit, tell(visit, endedAt, running)]))
  return { visits: [...told.values()], failed: failing && told.get(failing) }

  /** Goes back from the end through all that failed, to where it began. */
  function failedVisit(): Visit | undefined {
    if (last?.type !== 'ExecutionFailed') return undefined
    let event = byId.get(last.previousEventId)
    let visit: Visit | undefined
    while (event && (faulty.test(event.type ?? '') || event.type === 'FailStateEntered')) {
      visit = after.get(event.id) ?? visit
      event = byId.get(event.previousEventId)
    }
    if (visit?.type !== 'Fail') return visit
    visit.fault = detailsOf(last)
    const { error } = visit.fault
    // It may only pass on what a Catch has caught before.
    const isRoot = ({ leftAt, succeeded, fault }: Visit) =>
      leftAt && !succeeded && fault && fault.error === error
    return visits.findLast(isRoot) ?? visit
  }
}

function note(visit: Visit, event: HistoryEvent, type: string): void {
  if (begun.test(type)) {
    visit.attempts++
    visit.succeeded = false
  } else if (faulty.test(type)) {
    if (!type.startsWith('MapIteration')) visit.fault = detailsOf(event)
    visit.succeeded = false
  } else if (type.endsWith('Succeeded')) visit.succeeded = true
}

function tell({ state, type, ...visit }: Visit, endedAt: number, running: boolean): StateVisit {
  const { enteredAt, leftAt, droppedAt, attempts, succeeded, fault } = visit
  const failed = (fault !== undefined && !succeeded) || type === 'Fail'
  const unfinished = running && droppedAt === undefined ? 'running' : failed ? 'failed' : 'stopped'
  return {
    state,
    type,
    enteredAt,
    durationMs: Math.max(0, (leftAt ?? droppedAt ?? endedAt) - enteredAt),
    outcome: leftAt === undefined ? unfinished : failed ? 'caught' : 'succeeded',
    attempts,
    retries: Math.max(0, attempts - 1),
    ...(fault?.error !== undefined && { error: fault.error }),
    ...(fault?.cause !== undefined && { cause: parsed(fault.cause) }),
  }
}

function upTo(visit: Visit | undefined, found: (visit: Visit) => boolean): Visit | undefined {
  let outer = visit
  while (outer && !found(outer)) outer = outer.parent
  return outer
}

/** `TaskFailed` has its error in `taskFailedEventDetails`; a timeout may have none. */
function detailsOf(event: HistoryEvent): NonNullable<Visit['fault']> {
  const { type = '' } = event
  const key = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails` as keyof HistoryEvent
  const { error, cause } = (event[key] ?? {}) as { error?: string; cause?: string }
  return { error: error ?? (type.endsWith('TimedOut') ? 'States.Timeout' : undefined), cause }
}
