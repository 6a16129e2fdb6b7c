import type { Clock } from './clock.ts'
import { deadlines } from './deadline.ts'
import { discard } from './discard.ts'
import { CallTimeoutError } from './errors.ts'
import { runHolding } from './nesting.ts'
import type { Call } from './options.ts'
import type { PendingPermits } from './pending.ts'
import type { CallPermit } from './permit.ts'

/** After so many calls the signal they share is replaced: what never stops listening to it is let go of with it. */
const callsPerSignal = 100
let endless: AbortSignal
let calls = 0
const settled = Promise.resolve()

/** The signal of a call that nothing ends. Calls share it: Node 20 takes microseconds to make one. */
export function endlessSignal(): AbortSignal {
  if (calls++ % callsPerSignal === 0) endless = new AbortController().signal
  return endless
}

/** Makes the call; a value or an error that comes at once becomes a promise, too. */
export function start<T>(call: Call<T>, signal: AbortSignal): Promise<Awaited<T>> {
  try {
    return Promise.resolve(call(signal)) as Promise<Awaited<T>>
  } catch (error) {
    return Promise.reject(error)
  }
}

/** The same, under a permit that other calls may be let in on. */
export function begin<T>(call: Call<T>, signal: AbortSignal, permit: CallPermit): Promise<Awaited<T>> {
  return permit.holds ? runHolding(permit, () => start(call, signal)) : start(call, signal)
}

/**
 * Runs a call with an AbortSignal of its own that follows the caller's signal and a time limit. When either ends
 * the call, its end is there at once, whether or not the call listens to its signal; what the call answers later is
 * dropped. On the way of success nothing is aborted and no error is built. The caller must {@link release} the permit at
 * the end.
 *
 * @returns the end of the call: its own, CallTimeoutError after the permit's `limitMs`, or the reason of the caller's signal.
 */
export function runBounded<T>(
  call: Call<T>,
  permit: CallPermit,
  signal: AbortSignal | undefined,
  pending: PendingPermits,
): Promise<Awaited<T>> {
  const controller = new AbortController()
  const { limitMs, dueAt } = permit
  return new Promise((resolve, reject) => {
    const cut = () => {
      const error = signal?.aborted ? signal.reason : new CallTimeoutError(permit.circuit, limitMs)
      // First the answer, then the abort: listeners of the signal run at once, and may throw.
      reject(error)
      controller.abort(error)
      // No caller gets what a call that does not listen to its signal answers later.
      void settled
        .then(() => called)
        .then(
          value => discard({ ok: true, value }),
          error => discard({ ok: false, error }),
        )
    }
    permit.cut = cut
    if (limitMs !== Infinity) pending.watch(permit)
    signal?.addEventListener('abort', cut)
    const own = controller.signal
    const { storage } = deadlines
    // A nested call must be over when this one must be.
    const called =
      storage && limitMs !== Infinity
        ? storage.run(dueAt, begin<T>, call, own, permit)
        : begin(call, own, permit)
    // With no function around `resolve` and `reject`, V8 finds the callers for the stack trace of an error.
    called.then(resolve, reject)
  })
}

/** Takes back what {@link runBounded} set up: neither the timer nor a listener outlives the call. */
export function release(permit: CallPermit, signal: AbortSignal | undefined, pending: PendingPermits): void {
  const { cut } = permit
  if (!cut) return
  permit.cut = undefined
  if (permit.limitMs !== Infinity) pending.unwatch(permit)
  signal?.removeEventListener('abort', cut)
}

/**
 * Waits for a promise, but at most `ms`; true if it settled in that time. Its error is the promise owner's affair.
 * In two steps: a timer that fires late was frozen with its environment, and the answer may lie in the socket,
 * to be read in the last fifth.
 *
 * @example
 * if (!(await waitAtMost(reading, 250, systemClock))) throw new StoreError('timeout', 'no answer')
 */
export function waitAtMost(promise: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  return new Promise(resolve => {
    let timer = clock.setTimeout(() => {
      timer = clock.setTimeout(() => resolve(false), ms * 0.2)
    }, ms * 0.8)
    const settled = () => {
      clock.clearTimeout(timer)
      resolve(true)
    }
    promise.then(settled, settled)
  })
}
