import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { causeOf } from './errors.ts'

/** One execution of one state, from its entry to its exit. */
export interface StateExecution {
  readonly state: string
  /** Type of the state, such as `Task` or `Choice`. */
  readonly type: string
  /** Epoch ms. */
  readonly enteredAt: number
  /** Until the exit; without one until the execution of the workflow ended, or until now. In ms. */
  readonly durationMs: number
  /** `caught`: it failed, and its Catch went on. `stopped`: the Parallel, the Map or the workflow around it ended. */
  readonly outcome: 'succeeded' | 'caught' | 'failed' | 'stopped' | 'running'
  /** Number of attempts; 0 for states without any, such as Choice and Wait. */
  readonly attempts: number
  /** Number of attempts after the first, by Retry. */
  readonly retries: number
  /** Name of its last error. */
  readonly error?: string
  /** Cause of its last error, parsed if it was JSON of at most 100 levels, else the text. */
  readonly cause?: unknown
}

/** The execution of a state while the history is read. */
interface OpenStateExecution {
  readonly state: string
  readonly type: string
  readonly enteredAt: number
  /** The execution of the Parallel or Map state around it. */
  readonly parent: OpenStateExecution | undefined
  exitedAt?: number
  /** When the Parallel or Map around it failed, which ends it as well. */
  stoppedAt?: number
  attempts: number
  succeeded: boolean
  failure?: { readonly error?: string | undefined; readonly cause?: string | undefined }
}

const attemptEvent = /^((Task|LambdaFunction|Activity)Scheduled|(Parallel|Map)StateStarted)$/
const failureEvent = /(Failed|TimedOut)$/
const containerEvent = /^(Parallel|Map)(State(Started|Succeeded|Failed)|Iteration|Run)/

/**
 * Reads the executions of states from a history. Its events name the event before, not the state they belong to.
 *
 * @param endedAt when the execution of the workflow ended, or the present. Epoch ms.
 * @returns the executions of states in the order of their entry, and the one whose failure ended the workflow.
 */
export function readHistory(
  events: readonly HistoryEvent[],
  endedAt: number,
  running: boolean,
): { readonly states: readonly StateExecution[]; readonly failed: StateExecution | undefined } {
  const reader = new HistoryReader(events, endedAt)
  const failed = reader.failedState()
  const states = new Map(reader.states.map(one => [one, closed(one, endedAt, running)]))
  return { states: [...states.values()], failed: failed && states.get(failed) }
}

class HistoryReader {
  readonly states: OpenStateExecution[] = []
  readonly #byId: ReadonlyMap<number | undefined, HistoryEvent>
  /** The innermost state that was being executed after an event. */
  readonly #after = new Map<number | undefined, OpenStateExecution | undefined>()
  /** The event that ended the workflow badly. */
  #end: HistoryEvent | undefined

  constructor(events: readonly HistoryEvent[], endedAt: number) {
    this.#byId = new Map(events.map(event => [event.id, event]))
    for (const event of events) {
      this.#after.set(event.id, this.#read(event, event.timestamp?.getTime() ?? endedAt))
    }
  }

  #read(event: HistoryEvent, at: number): OpenStateExecution | undefined {
    const { previousEventId, type = '', stateEnteredEventDetails, stateExitedEventDetails } = event
    const current = this.#after.get(previousEventId)
    if (stateEnteredEventDetails) {
      const state = stateEnteredEventDetails.name ?? ''
      const kind = type.replace(/StateEntered$/, '')
      const entered = { state, type: kind, enteredAt: at, parent: current, attempts: 0, succeeded: false }
      this.states.push(entered)
      return entered
    }
    if (stateExitedEventDetails) {
      const exited = nearest(current, ({ state }) => state === stateExitedEventDetails.name)
      if (exited) exited.exitedAt = at
      return exited?.parent
    }
    if (type.startsWith('Execution')) {
      if (failureEvent.test(type) || type === 'ExecutionAborted') this.#end = event
      return current
    }
    const container = containerEvent.exec(type)?.[1]
    const subject = container ? nearest(current, one => one.type === container) : current
    if (subject) record(subject, event, type)
    if (container && type.endsWith('StateFailed')) this.#stopInside(subject, at)
    return subject
  }

  #stopInside(container: OpenStateExecution | undefined, at: number): void {
    for (const one of this.states) {
      if (one !== container && nearest(one, outer => outer === container)) one.stoppedAt ??= at
    }
  }

  /** Goes back from the end through all failures, to the first of them. */
  failedState(): OpenStateExecution | undefined {
    if (this.#end?.type !== 'ExecutionFailed') return undefined
    let event = this.#byId.get(this.#end.previousEventId)
    let failed: OpenStateExecution | undefined
    while (event && (failureEvent.test(event.type ?? '') || event.type === 'FailStateEntered')) {
      failed = this.#after.get(event.id) ?? failed
      event = this.#byId.get(event.previousEventId)
    }
    if (failed?.type !== 'Fail') return failed
    failed.failure = failureOf(this.#end)
    const { error } = failed.failure
    // A Fail state may only pass on an error that a Catch has caught before.
    const isOrigin = ({ exitedAt, succeeded, failure }: OpenStateExecution) =>
      exitedAt && !succeeded && failure && failure.error === error
    return this.states.findLast(isOrigin) ?? failed
  }
}

function record(subject: OpenStateExecution, event: HistoryEvent, type: string): void {
  if (attemptEvent.test(type)) {
    subject.attempts++
    subject.succeeded = false
  } else if (failureEvent.test(type)) {
    if (!type.startsWith('MapIteration')) subject.failure = failureOf(event)
    subject.succeeded = false
  } else if (type.endsWith('Succeeded')) subject.succeeded = true
}

function closed(open: OpenStateExecution, endedAt: number, running: boolean): StateExecution {
  const { state, type, enteredAt, exitedAt, stoppedAt, attempts, succeeded, failure } = open
  const failed = (failure !== undefined && !succeeded) || type === 'Fail'
  const unfinished = running && stoppedAt === undefined ? 'running' : failed ? 'failed' : 'stopped'
  return {
    state,
    type,
    enteredAt,
    durationMs: Math.max(0, (exitedAt ?? stoppedAt ?? endedAt) - enteredAt),
    outcome: exitedAt === undefined ? unfinished : failed ? 'caught' : 'succeeded',
    attempts,
    retries: Math.max(0, attempts - 1),
    ...(failure?.error !== undefined && { error: failure.error }),
    ...(failure?.cause !== undefined && { cause: causeOf(failure.cause) }),
  }
}

/** The state itself, or the nearest one around it, that a test accepts. */
function nearest(
  inner: OpenStateExecution | undefined,
  accepts: (one: OpenStateExecution) => boolean,
): OpenStateExecution | undefined {
  let outer = inner
  while (outer && !accepts(outer)) outer = outer.parent
  return outer
}

/** `TaskFailed` has its error in `taskFailedEventDetails`; a timeout may have none. */
function failureOf(event: HistoryEvent): NonNullable<OpenStateExecution['failure']> {
  const { type = '' } = event
  const key = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails` as keyof HistoryEvent
  const { error, cause } = (event[key] ?? {}) as { error?: string; cause?: string }
  return { error: error ?? (type.endsWith('TimedOut') ? 'States.Timeout' : undefined), cause }
}
