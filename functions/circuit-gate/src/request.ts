import type { PermitToken } from '@breakwater/circuit'
import { circuitName, invalid } from '@breakwater/circuit/shared'

/** Asks for a permit. */
export interface AcquireRequest {
  readonly action: 'acquire'
  readonly circuit: string
  /** How long the call may take, its retries included, in ms. @default as long as the circuit's policy says */
  readonly timeoutMs?: number
}

/** Reports the outcome of a call. */
export interface RecordRequest {
  readonly action: 'record'
  readonly circuit: string
  /** The token from `acquire`, or one made from the circuit's item: `generation`, and the start of the call in epoch ms. */
  readonly token: PermitToken
  readonly outcome: CallOutcome
}

/** How a call ended: `Error` and `Cause` of the task, in lower case. */
export type CallOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: string; readonly cause?: string }

/** A request to the function. */
export type GateRequest = AcquireRequest | RecordRequest

type Fields = Readonly<Record<string, unknown>>

/** The maximum time of a timer, in ms: some 24 days. */
const maxMs = 2_147_483_647

const fields = {
  acquire: ['action', 'circuit', 'timeoutMs'],
  record: ['action', 'circuit', 'token', 'outcome'],
}

/**
 * Reads a request.
 *
 * @throws BadRequest that names the field, what it got and what is allowed.
 */
export function readRequest(event: unknown): GateRequest {
  const request = objectOf('request', event)
  const { action, circuit, timeoutMs } = request
  if (action !== 'acquire' && action !== 'record') throw new BadRequest('action', action, 'acquire or record')
  checkNames(request, 'request', fields[action])
  if (!circuitName.good(circuit)) throw new BadRequest('circuit', circuit, circuitName.allowed)
  if (action === 'record') {
    const token = objectOf('token', request.token)
    return {
      action,
      circuit: circuit as string,
      token: readToken(token),
      outcome: readOutcome(request.outcome),
    }
  }
  if (timeoutMs === undefined) return { action, circuit: circuit as string }
  const inRange = typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= maxMs
  if (!inRange) throw new BadRequest('timeoutMs', timeoutMs, `a number above 0, at most ${maxMs}`)
  return { action, circuit: circuit as string, timeoutMs }
}

function readToken(token: Fields): PermitToken {
  checkNames(token, 'token', ['generation', 'startedAt', 'lease'])
  const { generation, startedAt, lease } = token
  if (!Number.isSafeInteger(generation) || (generation as number) < -1)
    throw new BadRequest('token.generation', generation, 'a whole number from -1 on')
  if (typeof startedAt !== 'number' || !(startedAt > 0 && startedAt < Infinity))
    throw new BadRequest('token.startedAt', startedAt, 'epoch ms')
  if (lease !== undefined) text('token.lease', lease)
  return { generation, startedAt, ...(lease !== undefined && { lease }) } as PermitToken
}

function readOutcome(value: unknown): CallOutcome {
  const outcome = objectOf('outcome', value)
  const { ok, error, cause } = outcome
  if (typeof ok !== 'boolean') throw new BadRequest('outcome.ok', ok, 'true or false')
  checkNames(outcome, 'outcome', ok ? ['ok'] : ['ok', 'error', 'cause'])
  if (ok) return { ok }
  text('outcome.error', error)
  if (cause !== undefined && typeof cause !== 'string') throw new BadRequest('outcome.cause', cause, 'a text')
  return { ok, error: error as string, ...(cause !== undefined && { cause }) }
}

function objectOf(field: string, value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new BadRequest(field, value, 'an object')
}

function text(field: string, value: unknown): void {
  if (typeof value !== 'string' || value === '' || value.length > 256)
    throw new BadRequest(field, value, 'a text of 1 to 256 characters')
}

/** Refuses unknown fields, since they are misspelt. The message is logged: it does not repeat their names. */
function checkNames(given: Fields, where: string, allowed: readonly string[]): void {
  const unknown = Object.keys(given).filter(name => !allowed.includes(name))
  if (unknown.length > 0)
    throw new BadRequest(`unknown fields of ${where}`, unknown.length, `none but ${allowed.join(', ')}`)
}

/** A request that cannot be answered. A workflow sees it as the named error `Breakwater.BadRequest`. */
export class BadRequest extends Error {
  override readonly name = 'Breakwater.BadRequest'

  constructor(field: string, value: unknown, allowed: string) {
    super(invalid(field, value, allowed).message)
  }
}
