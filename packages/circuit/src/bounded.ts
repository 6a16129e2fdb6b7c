import type { Clock } from './clock.ts'
import { deadlines } from './deadline.ts'
import { CallTimeoutError } from './errors.ts'
import type { Call, Settled } from './options.ts'
import type { CircuitScope } from './scope.ts'

let endless: AbortSignal | undefined

/**
 * The signal of a call that nothing ends. Node takes microseconds to make one, so calls that declare no parameter
 * share one, in case they read their arguments all the same.
 */
export function endlessSignal(call: Call<unknown>): AbortSignal {
  if (call.length > 0) return new AbortController().signal
  endless ??= new AbortController().signal
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

/**
 * Runs a call with an AbortSignal of its own that follows the caller's signal and a time limit. When either ends
 * the call, it is settled at once, whether or not the call listens to its signal; what the call answers later is
 * dropped. On the way of success nothing is aborted, no error is built, and no timer stays.
 *
 * @param settle called once with the end of the call: by itself, by CallTimeoutError after `limitMs`, or by the reason of the
 * caller's signal.
 * @returns what `settle` makes of it.
 */
export function runBounded<T, R>(
  call: Call<T>,
  { startedAt, limitMs }: { readonly startedAt: number; readonly limitMs: number },
  signal: AbortSignal | undefined,
  { circuit, clock }: Pick<CircuitScope, 'circuit' | 'clock'>,
  settle: (settled: Settled<Awaited<T>>) => R | PromiseLike<R>,
): Promise<R> {
  return new Promise<R>((resolve, reject) => {
    const controller = call.length > 0 ? new AbortController() : undefined
    let ended = false
    const end = (settled: Settled<Awaited<T>>, cut = false) => {
      if (ended) return
      ended = true
      if (timer !== undefined) clock.clearTimeout(timer)
      if (aborted) signal?.removeEventListener('abort', aborted)
      try {
        resolve(settle(settled))
      } catch (error) {
        reject(error)
      }
      // First the answer, then the abort: listeners of the signal run at once, and may throw.
      if (cut) controller?.abort((settled as { readonly error?: unknown }).error)
    }
    const aborted = signal && (() => end({ ok: false, error: signal.reason }, true))
    const timer =
      limitMs === Infinity
        ? undefined
        : clock.setTimeout(
            () => end({ ok: false, error: new CallTimeoutError(circuit, limitMs) }, true),
            limitMs,
          )
    if (aborted) signal.addEventListener('abort', aborted)
    const own = controller ? controller.signal : endlessSignal(call)
    const { storage } = deadlines
    // A nested call must be over when this one must be.
    const called =
      storage && timer !== undefined ? storage.run(startedAt + limitMs, start, call, own) : start(call, own)
    called.then(
      value => end({ ok: true, value }),
      error => end({ ok: false, error }),
    )
  })
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
