import type { TripReason } from './record.ts'

/** Why a call was not let through. */
export type RejectReason = TripReason | 'forced-open' | 'half-open' | 'recovering'

const marker = Symbol.for('breakwater.error')

/** Errors carry a mark rather than rely on their class, so that a second copy of this package knows them too. */
class MarkedError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options)
    Object.defineProperties(this, { name: { value: name }, [marker]: { value: name } })
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
export class CircuitOpenError extends MarkedError {
  declare readonly name: 'CircuitOpenError'
  /** Name of the circuit. */
  declare readonly circuit: string
  /** Why it rejects. */
  declare readonly reason: RejectReason
  /** After how many ms a call may be let through again; a guess where nobody can know. At least 0. */
  declare readonly retryAfterMs: number

  constructor(circuit: string, reason: RejectReason, retryAfterMs: number) {
    super('CircuitOpenError', `Circuit "${circuit}" is open (${reason}); retry in ${retryAfterMs} ms`)
    Object.assign(this, { circuit, reason, retryAfterMs })
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
export class CallTimeoutError extends MarkedError {
  declare readonly name: 'CallTimeoutError'
  declare readonly circuit: string
  declare readonly timeoutMs: number

  constructor(circuit: string, timeoutMs: number) {
    super('CallTimeoutError', `Circuit "${circuit}" timed a call out after ${timeoutMs} ms`)
    Object.assign(this, { circuit, timeoutMs })
  }
}

/**
 * What kind of trouble a store has. `misconfigured` (wrong table, wrong key, missing permission) will not
 * go away by itself and is told loudly, once; the others may pass.
 */
export type StoreErrorKind = 'misconfigured' | 'throttled' | 'timeout' | 'unavailable' | 'unknown-schema'

/**
 * The shared store did not do what it was asked. Calls go on without it; only operators' acts throw it.
 *
 * @example
 * // In a store of your own:
 * throw new StoreError('throttled', 'SET was throttled', { cause: error })
 */
export class StoreError extends MarkedError {
  declare readonly name: 'StoreError'
  declare readonly kind: StoreErrorKind

  constructor(kind: StoreErrorKind, message: string, options?: { cause?: unknown }) {
    super('StoreError', message, options)
    Object.assign(this, { kind })
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
