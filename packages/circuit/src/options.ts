import type { RetryPolicy, ThrottlePolicy } from './attempts.ts'
import type { Clock } from './clock.ts'
import type { CallTimeoutError, CircuitOpenError } from './errors.ts'
import type { CircuitListener, Outcome } from './events.ts'
import type { Policy } from './policy.ts'
import type { CircuitStore } from './store.ts'

declare global {
  // Merged with the platform's own, whose types a project may lack: it has neither those of Node nor of the DOM.
  interface AbortSignal {}
}

/** How a call ended: with a value, or with an error. */
export type Settled<T = unknown> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown }

/** A verdict on a settled call. `retryAfterMs` is how long the dependency asked to be left alone. */
export type Verdict = Outcome | { readonly outcome: Outcome; readonly retryAfterMs?: number }

/** A call that a circuit guards; the signal ends with its time limit and with the caller's own signal. */
export type Call<T> = (signal: AbortSignal) => T | PromiseLike<T>

/** Options of a {@link Circuit}. All times are milliseconds, all rates 0 to 1. */
export type CircuitOptions = Policy & {
  /** Shares the circuit with other environments. @default the circuit is this environment's own */
  readonly store?: CircuitStore
  /** Judges how a call ended, at once; the default judges where it returns `undefined`. @default {@link classify} */
  readonly classify?: (settled: Settled) => Verdict | undefined
  /** Makes calls again that failed, if they are `idempotent`. @default none; `retry()` of `@breakwater/guards` makes one */
  readonly retry?: RetryPolicy
  /** Sheds a share of the calls while the dependency refuses too many. @default none; `throttle()` of `@breakwater/guards` makes one */
  readonly throttle?: ThrottlePolicy
  /** Whether a CircuitOpenError says where it was thrown, which takes microseconds a rejection. @default false */
  readonly stackTraces?: boolean
  /** Called with every event; the same as `on(listener)`. */
  readonly listener?: CircuitListener
  /** Lets everything through and counts nothing. @default what the environment variable BREAKWATER_DISABLED says: true, 1, yes or on, in any case */
  readonly disabled?: boolean
  /** Name of this execution environment in records. @default random, one per process */
  readonly environment?: string
  readonly clock?: Clock
  /** Returns 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number
}

/** Why a fallback is asked: the rejection, the timeout, or what the call threw (or the value judged a failure). */
export interface FallbackContext {
  readonly circuit: string
  /** `rejected`: the dependency was not called. `failed`: it was, and failed or timed out. */
  readonly cause: 'rejected' | 'failed'
  readonly error: CircuitOpenError | CallTimeoutError | unknown
}

/** How long one call may take. */
export interface TimeLimits {
  /** How long the call may take, in ms. @default the circuit's `timeoutMs` */
  readonly timeoutMs?: number
  /** When the call must be over, epoch ms. The earlier of the two bounds applies. */
  readonly deadline?: number
}

/** Options of one acquired permit. */
export interface AcquireOptions extends TimeLimits {
  /**
   * True for a call whose outcome another environment or invocation settles, by `resume(token)`. Nothing is kept of such
   * a permit here: it never counts as a call that hung, and this environment's own gate, which sheds the calls of an
   * environment that alone is broken, is not asked. Needs a `store`. @default false
   */
  readonly detached?: boolean
  /**
   * True where the work that the permit is for calls through the same circuit. While the circuit probes or recovers, and
   * until the permit is settled, calls that this environment makes through the circuit are let in on the permit: they
   * need none of their own, and a failure of one settles it. Not of any effect for a `detached` one. @default false
   */
  readonly reentrant?: boolean
}

/** Options of one call. `F` is what the fallback answers. */
export interface RunOptions<F = never> extends TimeLimits {
  /** The caller's own signal; its abort ends the call and counts neither way. */
  readonly signal?: AbortSignal
  /** Whether making the call twice does no harm. Only such a call is made again, by the circuit's `retry`. @default that of `retry`: false */
  readonly idempotent?: boolean
  /**
   * Answers when the call is rejected, by this circuit or by one that was called inside of it, fails or times out; not
   * when the caller aborted or the error is no failure.
   */
  readonly fallback?: (error: unknown, context: FallbackContext) => F | PromiseLike<F>
}

/** An act of an operator on a circuit: who, why, and for how long. */
export interface ControlAct {
  /** Who: a person, a ticket, a pipeline. 1 to 256 characters. */
  readonly by: string
  /** Why, for the next operator. 1 to 256 characters. */
  readonly reason: string
  /** After how many ms the override ends by itself. @default it stays until released */
  readonly forMs?: number
}
