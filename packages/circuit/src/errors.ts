import type { TripReason } from './record.ts'
import { quoted } from './validate.ts'

/** Why a call was not let through. */
export type RejectReason = TripReason | 'forced-open' | 'half-open' | 'recovering' | 'throttled'

/**
 * Who keeps calls out: `fleet`, the state that all environments share; `environment`, the gate that this environment keeps
 * for itself, so that the circuit is open for this environment alone. Without a store there is only the latter.
 */
export type RejectScope = 'fleet' | 'environment'

const marker = Symbol.for('breakwater.error')

/**
 * An error of this package. It carries a mark rather than rely on its class, so that a second copy knows it too. Its fields
 * are plain: own, and free to be changed, as other libraries do that put their own name or text on an error.
 */
export abstract class BreakwaterError extends Error {
  constructor(name: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = name
  }

  /** @internal */
  abstract get [marker](): string
}

function isMarked(error: unknown, name: string): boolean {
  try {
    return (error as Record<symbol, unknown> | null)?.[marker] === name
  } catch {
    // A proxy that throws.
    return false
  }
}

/**
 * A call was rejected without touching the dependency, because its circuit is open.
 *
 * `message` is fit for the public and names nothing of the inside; `circuit`, `reason` and `scope` are for logs. With
 * `statusCode`, `expose` and `headers` it is an error as http-errors makes them, which `@middy/http-error-handler` and the
 * frameworks for HTTP answer by 503 with a `Retry-After`.
 *
 * @example
 * catch (error) {
 *   if (isCircuitOpenError(error)) return retryLater(error.retryAfterMs)
 *   throw error
 * }
 */
export class CircuitOpenError extends BreakwaterError {
  /** Name of the circuit. */
  declare readonly circuit: string
  /** Why it rejects. */
  declare readonly reason: RejectReason
  /** After how many ms a call may be let through again; an estimate where it cannot be known. At least 0. */
  declare readonly retryAfterMs: number
  /** `environment` where it is open for this environment alone. */
  declare readonly scope: RejectScope
  /** 503. */
  declare statusCode: number
  /** 503, for those who read `status`. */
  declare status: number
  /** True: `message` may be shown to a caller. */
  declare expose: boolean

  constructor(circuit: string, reason: RejectReason, retryAfterMs: number, scope: RejectScope = 'fleet') {
    super('CircuitOpenError', `Temporarily unavailable; retry in ${secondsOf(retryAfterMs)} s`)
    this.circuit = circuit
    this.reason = reason
    this.retryAfterMs = retryAfterMs
    this.scope = scope
  }

  /** The headers of an answer by HTTP: `Retry-After`, in seconds. */
  get headers(): Record<string, string> {
    return { 'Retry-After': `${secondsOf(this.retryAfterMs)}` }
  }

  set headers(value) {
    Object.defineProperty(this, 'headers', { value, writable: true, enumerable: true, configurable: true })
  }

  /** @internal */
  get [marker](): string {
    return 'CircuitOpenError'
  }
}

/** Whole seconds, at least one, for a header and for people. */
function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000))
}

// On the prototype: they are the same for all, and a rejection must stay cheap.
Object.assign(CircuitOpenError.prototype, {
  name: 'CircuitOpenError',
  statusCode: 503,
  status: 503,
  expose: true,
})

/**
 * Makes the error of a rejection: collecting the frames of a stack trace takes ten times as long as all else about it,
 * so it has them only on demand.
 */
export function openError(
  circuit: string,
  reason: RejectReason,
  retryAfterMs: number,
  scope: RejectScope,
  stackTrace: boolean,
): CircuitOpenError {
  const { stackTraceLimit } = Error
  if (stackTrace || !limitStackTraces(0)) return new CircuitOpenError(circuit, reason, retryAfterMs, scope)
  const error = new CircuitOpenError(circuit, reason, retryAfterMs, scope)
  Error.stackTraceLimit = stackTraceLimit
  return error
}

/** False where `Error` is frozen, as by `node --frozen-intrinsics`. */
function limitStackTraces(limit: number): boolean {
  try {
    Error.stackTraceLimit = limit
    return true
  } catch {
    return false
  }
}

/**
 * A call did not settle within its bound. `timeoutMs` is the bound that applied, the deadline's included; 0 where the
 * deadline had passed before the call.
 *
 * @example
 * catch (error) {
 *   if (isCallTimeoutError(error)) metrics.addMetric('Slow', 'Count', 1)
 *   throw error
 * }
 */
export class CallTimeoutError extends BreakwaterError {
  declare readonly circuit: string
  declare readonly timeoutMs: number

  constructor(circuit: string, timeoutMs: number) {
    super('CallTimeoutError', `Circuit ${quoted(circuit)} timed a call out after ${timeoutMs} ms`)
    this.circuit = circuit
    this.timeoutMs = timeoutMs
  }

  /** @internal */
  get [marker](): string {
    return 'CallTimeoutError'
  }
}

/**
 * What kind of trouble a store has. `misconfigured` (wrong table, wrong key, missing permission) will not
 * go away by itself and is written to standard error, once; the others may pass.
 */
export type StoreErrorKind = 'misconfigured' | 'throttled' | 'timeout' | 'unavailable' | 'unknown-schema'

/**
 * A request to the shared store failed. Calls go on without it; only acts of an operator throw this error.
 *
 * @example
 * // In a store of your own:
 * throw new StoreError('throttled', 'SET was throttled', { cause: error })
 */
export class StoreError extends BreakwaterError {
  declare readonly kind: StoreErrorKind

  constructor(kind: StoreErrorKind, message: string, options?: { cause?: unknown }) {
    super('StoreError', message, options)
    this.kind = kind
  }

  /** @internal */
  get [marker](): string {
    return 'StoreError'
  }
}

/**
 * True for a {@link CircuitOpenError}, also one from another copy of this package.
 *
 * @example
 * if (isCircuitOpenError(error)) return { statusCode: 503, headers: { 'Retry-After': Math.ceil(error.retryAfterMs / 1000) } }
 */
export function isCircuitOpenError(error: unknown): error is CircuitOpenError {
  return isMarked(error, 'CircuitOpenError')
}

/** Names by which a rejection is known where it lost its class: as JSON, as the error of a function or of a workflow. */
const rejections = ['CircuitOpenError', 'Breakwater.CircuitOpen']

/** How many errors a rejection is looked for in: they may cause each other, or be thousands. */
const maxLooks = 1_000

/** What an error may be like; none of it is sure to be there. */
type Suspected = Partial<Record<'name' | 'errorType' | 'error' | 'cause' | 'errors', unknown>>

/**
 * True where an error comes of the rejection of any circuit, which says nothing of the dependency that was called: a
 * {@link CircuitOpenError} of this circuit or another one, of another copy of this package, one that went through JSON,
 * a Lambda function or a workflow, and an error that has one as its `cause`, or nothing but such ones as its `errors`.
 *
 * @example
 * if (isRejection(error)) return cached
 */
export function isRejection(error: unknown): boolean {
  try {
    return comesOfRejection(error, { left: maxLooks })
  } catch {
    // A getter or a proxy that throws.
    return false
  }
}

function comesOfRejection(error: unknown, looks: { left: number }): boolean {
  let at = error as Suspected | null | undefined
  while (typeof at === 'object' && at && looks.left-- > 0) {
    if (isCircuitOpenError(at)) return true
    const { name, errorType = at.error, errors } = at
    if (rejections.includes(name as string) || rejections.includes(errorType as string)) return true
    if (Array.isArray(errors) && errors.length > 0)
      return errors.slice(0, maxLooks).every(each => comesOfRejection(each, looks))
    at = at.cause as Suspected
  }
  return false
}

/**
 * True for a {@link CallTimeoutError}, also one from another copy of this package.
 *
 * @example
 * if (isCallTimeoutError(error)) logger.warn(`no answer within ${error.timeoutMs} ms`)
 */
export function isCallTimeoutError(error: unknown): error is CallTimeoutError {
  return isMarked(error, 'CallTimeoutError')
}

/**
 * True for a {@link StoreError}, also one from another copy of this package.
 *
 * @example
 * await circuit.release(act).catch(error => isStoreError(error) && console.error(`not released: ${error.kind}`))
 */
export function isStoreError(error: unknown): error is StoreError {
  return isMarked(error, 'StoreError')
}
