import type { DescribeExecutionOutput, HistoryEvent } from '@aws-sdk/client-sfn'
import { escapeControls } from '@breakwater/circuit/shared'
import { causeOf, shortCause, type WorkflowStatus } from './errors.ts'
import { readHistory, type StateExecution } from './history.ts'

/** The explanation of an execution: its states, and why it failed. */
export interface WorkflowExplanation {
  readonly executionArn: string
  readonly status: WorkflowStatus
  /** Epoch ms. */
  readonly startedAt: number
  /** Until the end, or until now. In ms. */
  readonly durationMs: number
  /** The failure that ended it; absent where nothing failed. */
  readonly failure?: {
    /** Name of the state that failed first; absent where no state failed, as for a timeout of the whole. */
    readonly state?: string
    readonly error: string
    /** Parsed if it was JSON of at most 100 levels, else the text. */
    readonly cause?: unknown
  }
  /** Every execution of a state, in the order of their entry. */
  readonly states: readonly StateExecution[]
  /** All of it in lines, for people. */
  readonly text: string
}

/** The text shows at most so many states, the last ones. */
const maxLines = 50

/** Explains an execution from its description and its history. `now` in epoch ms. */
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
  const { states, failed } = readHistory(events, endedAt, running)
  const unsuccessful = !running && status !== 'SUCCEEDED'
  const failure = unsuccessful && {
    ...(failed && { state: failed.state }),
    error: error ?? failed?.error ?? status,
    ...(cause !== undefined && { cause: causeOf(cause) }),
  }
  const explained = { executionArn, status, startedAt, durationMs: Math.max(0, endedAt - startedAt) }
  const data = { ...explained, ...(failure && { failure }), states }
  return { ...data, text: textOf(data, cause) }
}

function textOf(explained: Omit<WorkflowExplanation, 'text'>, cause: string | undefined): string {
  const { executionArn, status, durationMs, failure, states } = explained
  const where = failure?.state === undefined ? '' : ` in "${failure.state}"`
  const why = failure ? `: ${failure.error}${where}${shortCause(cause)}` : ''
  const shown = states.slice(-maxLines)
  const width = Math.max(0, ...shown.map(({ state }) => state.length))
  const hidden = states.length - shown.length
  return [
    `${executionArn.split(':').at(-1)}: ${status} after ${durationMs} ms${why}`,
    ...(hidden > 0 ? [`  (${hidden} states before)`] : []),
    ...shown.map(one => lineOf(one, width)),
  ]
    .map(escapeControls)
    .join('\n')
}

function lineOf({ state, type, durationMs, outcome, retries, error }: StateExecution, width: number): string {
  const retried = retries > 0 ? `, ${retries} ${retries === 1 ? 'retry' : 'retries'}` : ''
  const failed = error === undefined ? '' : `, ${outcome === 'succeeded' ? 'after' : 'by'} ${error}`
  return `  ${state.padEnd(width)}  ${type.padEnd(8)}  ${`${durationMs}`.padStart(7)} ms  ${outcome}${retried}${failed}`
}
