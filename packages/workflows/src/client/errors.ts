import { CircuitOpenError, type RejectReason } from '@breakwater/circuit'
import { escapeControls } from '@breakwater/circuit/shared'
import { circuitOpenError } from '../names.ts'

/** Status of an execution, as it was last described. UNKNOWN where the service has not answered, so that none may have begun. */
export type WorkflowStatus =
  | 'UNKNOWN'
  | 'RUNNING'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'TIMED_OUT'
  | 'ABORTED'
  | 'PENDING_REDRIVE'

/** The facts about an execution without an output, from which a {@link WorkflowError} is made. */
export interface WorkflowFailure {
  /** Undefined where the service has not confirmed the start. */
  readonly executionArn: string | undefined
  readonly status: WorkflowStatus
  readonly error: string
  /** The cause as a text, JSON in most cases. */
  readonly cause?: string | undefined
}

const marker = Symbol.for('breakwater.error')

/**
 * An execution ended without an output: it failed, was stopped, or timed out (a {@link WorkflowTimeoutError}).
 *
 * @example
 * catch (error) {
 *   if (isWorkflowError(error) && error.error === 'OutOfStock') return soldOut(error.cause)
 *   throw error
 * }
 */
export class WorkflowError extends Error {
  declare readonly executionArn: string | undefined
  declare readonly status: WorkflowStatus
  /** Name of the error that ended it, such as `OutOfStock` or `States.Timeout`. */
  declare readonly error: string
  /** Its cause: parsed if it was JSON of at most 100 levels, else the text; undefined if there was none. */
  declare readonly cause: unknown

  constructor(failure: WorkflowFailure, message = messageOf(failure)) {
    super(message)
    this.executionArn = failure.executionArn
    this.status = failure.status
    this.error = failure.error
    this.cause = causeOf(failure.cause)
  }

  override get name(): 'WorkflowError' | 'WorkflowTimeoutError' {
    return 'WorkflowError'
  }

  get [marker](): string {
    return this.name
  }
}

/**
 * An execution took too long: past its own limit (`status` is TIMED_OUT), or past the caller's `timeoutMs` (RUNNING: it
 * goes on, and can be waited for again; UNKNOWN: there was no answer, so that it may not even have begun).
 *
 * @example
 * if (isWorkflowTimeoutError(error) && error.status === 'RUNNING') return later(error.executionArn)
 */
export class WorkflowTimeoutError extends WorkflowError {
  /** The caller's limit, in ms; undefined where it was the execution's own. */
  declare readonly timeoutMs: number | undefined

  constructor(failure: WorkflowFailure, timeoutMs?: number) {
    const { executionArn } = failure
    const message =
      executionArn === undefined
        ? `Step Functions did not answer within ${timeoutMs} ms; whether an execution began is not known`
        : `${nameOf(executionArn)} did not end within ${timeoutMs} ms; it goes on`
    super(failure, timeoutMs === undefined ? messageOf(failure) : message)
    this.timeoutMs = timeoutMs
  }

  override get name(): 'WorkflowTimeoutError' {
    return 'WorkflowTimeoutError'
  }
}

/**
 * True for a {@link WorkflowError} of any kind, also one from another copy of this package.
 *
 * @example
 * if (isWorkflowError(error)) logger.error(`${error.error} in ${error.executionArn}`)
 */
export function isWorkflowError(error: unknown): error is WorkflowError {
  return markOf(error) === 'WorkflowError' || isWorkflowTimeoutError(error)
}

/**
 * True for a {@link WorkflowTimeoutError}, also one from another copy of this package.
 *
 * @example
 * if (isWorkflowTimeoutError(error)) metrics.addMetric('Slow', 'Count', 1)
 */
export function isWorkflowTimeoutError(error: unknown): error is WorkflowTimeoutError {
  return markOf(error) === 'WorkflowTimeoutError'
}

/** The error of an execution: a CircuitOpenError where an open circuit ended it, else a WorkflowError. */
export function errorOf(failure: WorkflowFailure): WorkflowError | CircuitOpenError {
  if (failure.status === 'TIMED_OUT') return new WorkflowTimeoutError(failure)
  const error = new WorkflowError(failure)
  if (failure.error !== circuitOpenError) return error
  const { circuit, reason, retryAfterMs } = (error.cause ?? {}) as Partial<Record<string, unknown>>
  if (typeof circuit !== 'string' || typeof reason !== 'string') return error
  if (typeof retryAfterMs !== 'number' || !(retryAfterMs >= 0)) return error
  // The cause names the execution.
  const open = new CircuitOpenError(circuit, reason as RejectReason, retryAfterMs)
  return Object.assign(open, { cause: error })
}

/** The value of a JSON text; any other text unchanged. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** What nests deeper is left as it came: whatever logs the error would overflow the stack on it. */
const maxLevels = 100

/** A cause, parsed if it is JSON of at most 100 levels; else the text. */
export function causeOf(text: string | undefined): unknown {
  if (text === undefined) return undefined
  const value = parseJson(text)
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxLevels) return text
    level = level.filter(one => typeof one === 'object' && one !== null).flatMap(one => Object.values(one!))
  }
  return value
}

/** A cause as one line for people. It is foreign: cut, and never written as JSON again. */
export function shortCause(cause = ''): string {
  const parsed = parseJson(cause)
  const message = (parsed as { errorMessage?: unknown } | null)?.errorMessage ?? parsed
  const text = (typeof message === 'string' ? message : cause).slice(0, 1_024).replace(/\s+/g, ' ')
  if (text === '') return ''
  return `: ${text.length > 256 ? `${text.slice(0, 256)}…` : text}`
}

const endings: Partial<Record<WorkflowStatus, string>> = { TIMED_OUT: 'timed out', ABORTED: 'was stopped' }

function messageOf({ executionArn, status, error, cause }: WorkflowFailure): string {
  const ended = endings[status] ?? 'failed'
  return escapeControls(`${nameOf(executionArn)} ${ended}: ${error}${shortCause(cause)}`)
}

function nameOf(executionArn: string | undefined): string {
  // Of an EXPRESS execution the name is followed by an id.
  const name = executionArn?.split(':')[7]
  return name === undefined ? 'The execution' : `Execution "${name}"`
}

function markOf(error: unknown): unknown {
  return (error as Record<symbol, unknown> | null | undefined)?.[marker]
}
