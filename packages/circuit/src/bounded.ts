import type { Clock } from './clock.ts'
import { CallTimeoutError } from './errors.ts'
import type { CircuitScope } from './scope.ts'

/**
 * Runs a call with an AbortSignal of its own that follows the caller's signal and a time limit. When either ends
 * the call, the returned promise settles at once, whether or not the call listens to its signal; what the call
 * answers later is dropped. On the way of success nothing is aborted, no error is built, and no timer stays.
 *
 * @throws what the call throws, CallTimeoutError after `limitMs`, or the reason of the caller's signal.
 */
export function runBounded<T>(
  call: (signal: AbortSignal) => T | PromiseLike<T>,
  limitMs: number,
  signal: AbortSignal | undefined,
  { circuit, clock }: Pick<CircuitScope, 'circuit' | 'clock'>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController()
    const leave = () => {
      clock.clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
    }
    const end = (error: unknown) => {
      leave()
      // First the answer, then the abort: listeners of the signal run at once, and may throw.
      reject(error)
      controller.abort(error)
    }
    const aborted = () => end(signal?.reason)
    const timer =
      limitMs === Infinity
        ? undefined
        : clock.setTimeout(() => end(new CallTimeoutError(circuit, limitMs)), limitMs)
    signal?.addEventListener('abort', aborted)
    const started = async () => call(controller.signal)
    started().then(resolve, reject).finally(leave)
  })
}

/**
 * Waits for a promise, but at most `ms`; true if it settled in that time. Its error is the promise owner's affair.
 * In two steps: a timer that fires late was frozen with its environment, and what it waits for may lie in the socket,
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
