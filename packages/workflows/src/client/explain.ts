import type { DescribeExecutionOutput, HistoryEvent } from '@aws-sdk/client-sfn'
import { parsed, shortCause, type WorkflowStatus } from './errors.ts'
import { readHistory, type StateVisit } from './history.ts'

/** What became of an execution, and why. */
export interface WorkflowExplanation {
  readonly executionArn: string
  readonly status: WorkflowStatus
  /** Epoch ms. */
  readonly startedAt: number
  /** Until its end, or until now. In ms. */
  readonly durationMs: number
  /** What ended it; absent where nothing failed. */
  readonly failure?: {
    /** Where the error first arose; absent where that was no state, as for a timeout of the whole. */
    readonly state?: string
    readonly error: string
    /** Parsed if it was JSON. */
    readonly cause?: unknown
  }
  /** Every stay in a state, in the order of their beginning. */
  readonly states: readonly StateVisit[]
  /** All of it in lines, for people. */
  readonly text: string
}

/** A text for people shows so many states, the last ones. */
const mostLines = 50

/** Explains an execution from what the service knows of it. `now` in epoch ms. */
export function explanationOf(
  execution: DescribeExecutionOutput,
  events: readonly HistoryEvent[],
  now: number,
): WorkflowExplanation {
  const { executionArn = '', startDate, stopDate, error, cause } = execution
  const status = execution.status ?? 'RUNNING'
  const endedAt = stopDate?.getTime() ?? now
  const startedAt = startDate?.getTime() ?? events[0]?.timestamp?.getTime() ?? endedAt
  const running = status === 'RUNNING'
  const { visits, failed } = readHistory(events, endedAt, running)
  const bad = !running && status !== 'SUCCEEDED'
  const failure = bad && {
    ...(failed && { state: failed.state }),
    error: error ?? failed?.error ?? status,
    ...(cause !== undefined && { cause: parsed(cause) }),
  }
  const explained = { executionArn, status, startedAt, durationMs: Math.max(0, endedAt - startedAt) }
  const data = { ...explained, ...(failure && { failure }), states: visits }
  return { ...data, text: textOf(data) }
}

function textOf(explained: Omit<WorkflowExplanation, 'text'>): string {
  const { executionArn, status, durationMs, failure, states } = explained
  const where = failure?.state === undefined ? '' : ` in "${failure.state}"`
  const why = failure ? `: ${failure.error}${where}${shortCause(failure.cause)}` : ''
  const shown = states.slice(-mostLines)
  const width = Math.max(0, ...shown.map(({ state }) => state.length))
  const left = states.length - shown.length
  return [
    `${executionArn.split(':').at(-1)}: ${status} after ${durationMs} ms${why}`,
    ...(left > 0 ? [`  (${left} states before)`] : []),
    ...shown.map(visit => lineOf(visit, width)),
  ].join('\n')
}

function lineOf({ state, type, durationMs, outcome, retries, error }: StateVisit, width: number): string {
  const again = retries > 0 ? `, ${retries} ${retries === 1 ? 'retry' : 'retries'}` : ''
  const fault = error === undefined ? '' : `, ${outcome === 'succeeded' ? 'after' : 'by'} ${error}`
  return `  ${state.padEnd(width)}  ${type.padEnd(8)}  ${`${durationMs}`.padStart(7)} ms  ${outcome}${again}${fault}`
}
