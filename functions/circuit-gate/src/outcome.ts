import { CallTimeoutError, type Settled } from '@breakwater/circuit'
import { circuitOpenError } from '@breakwater/workflows'
import type { CallOutcome } from './request.ts'

/** The cause of an error: the fields that are read. None is sure to be there, or of a type. */
interface Cause {
  readonly errorType?: unknown
  readonly statusCode?: unknown
  readonly status?: unknown
  readonly headers?: unknown
  readonly multiValueHeaders?: unknown
  readonly retryAfterMs?: unknown
}

/** The `States.` errors of a call. All others are of the workflow itself, its data or its permissions. */
const callErrors = /^States\.(Timeout|HeartbeatTimeout|TaskFailed|Http\..+)$/

/**
 * An outcome as a circuit's `classify` understands it: statuses, throttling and timeouts become what a client of the
 * dependency would have thrown.
 *
 * @param ignored names of errors that count neither way, beside those of the workflow and of other circuits.
 * @param elapsedMs time since the call began.
 * @returns undefined for an outcome that counts neither way.
 */
export function settledOf(
  outcome: CallOutcome,
  circuit: string,
  elapsedMs: number,
  ignored: ReadonlySet<string>,
): Settled | undefined {
  if (outcome.ok) return { ok: true, value: undefined }
  const { error, cause = '' } = outcome
  if (error === 'States.Timeout' || error === 'States.HeartbeatTimeout')
    return { ok: false, error: new CallTimeoutError(circuit, Math.max(0, elapsedMs)) }
  const { errorType, retryAfterMs, ...answer } = readCause(cause)
  const type = typeof errorType === 'string' ? errorType : error
  // A call that another circuit rejected was not made.
  const rejected = [circuitOpenError, 'CircuitOpenError'].includes(type)
  if (rejected || ignored.has(error) || ignored.has(type)) return undefined
  if (error.startsWith('States.') && !callErrors.test(error)) return undefined
  return {
    ok: false,
    error: {
      name: type,
      status: answer.status,
      statusCode: answer.statusCode,
      response: { statusCode: statusIn(error, cause) },
      headers: answer.headers,
      multiValueHeaders: answer.multiValueHeaders,
      ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    },
  }
}

/** Lambda gives the error of a function as JSON; other integrations give theirs as text. */
function readCause(text: string): Cause {
  try {
    const cause: unknown = JSON.parse(text)
    return typeof cause === 'object' && cause ? cause : {}
  } catch {
    return {}
  }
}

/** HTTP tasks have the status in the name of the error, AWS services in its cause: `(Service: Sqs, Status Code: 403, …)`. */
function statusIn(error: string, cause: string): number | undefined {
  const [, status] =
    /^States\.Http\.StatusCode\.(\d{3})$/.exec(error) ?? /\bStatus Code: (\d{3})\b/.exec(cause) ?? []
  return status === undefined ? undefined : Number(status)
}
