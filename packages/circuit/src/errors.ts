import type { TripReason } from './record.ts'

/** Why a call was not let through. */
export type RejectReason = TripReason | 'forced-open' | 'half-open' | 'recovering' | 'throttled'

/**
 * Who keeps calls out: `fleet`, the state that all environments share; `environment`, the gate that this environment keeps
 * for itself, so that the circuit is open for this environment alone. Without a store there is only the latter.
 */
export type RejectScope = 'fleet' | 'environment'

const marker = Symbol.for('breakwater.error')

/** An error of this package. It carries a mark rather than rely on its class, so that a second copy knows it too. */
export abstract class BreakwaterError extends Error {
  abstract override get name(): string

  /** @internal */
  get [marker](): string {
    return this.name
  }
}

const isMarked = (error: unknown, name: string) =>
  (error as Record<symbol, unknown> | null)?.[marker] === name

/**
 * A call was rejected without touching the dependency, because its circuit is open.
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

  constructor(circuit: string, reason: RejectReason, retryAfterMs: number, scope: RejectScope = 'fleet') {
    super()
    this.circuit = circuit
    this.reason = reason
    this.retryAfterMs = retryAfterMs
    this.scope = scope
  }

  override get message(): string {
    return `Circuit "${this.circuit}" is open (${this.scope}, ${this.reason}); retry in ${this.retryAfterMs} ms`
  }

  override get name(): 'CircuitOpenError' {
    return 'CircuitOpenError'
  }
}

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
  if (stackTrace || Object.isFrozen(Error)) return new CircuitOpenError(circuit, reason, retryAfterMs, scope)
  Error.stackTraceLimit = 0
  const error = new CircuitOpenError(circuit, reason, retryAfterMs, scope)
  Error.stackTraceLimit = stackTraceLimit
  return error
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
    super(`Circuit "${circuit}" timed a call out after ${timeoutMs} ms`)
    this.circuit = circuit
    this.timeoutMs = timeoutMs
  }

  override get name(): 'CallTimeoutError' {
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
    super(message, options)
    this.kind = kind
  }

  override get name(): 'StoreError' {
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
