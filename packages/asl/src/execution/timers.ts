import type { Clock } from '../time/clock.ts'
import type { Cancellation } from './cancellation.ts'

/** The longest delay of a Node timer, in ms. */
const maxTimerMs = 2_147_483_647

/** Calls back once after `ms`, however long that is; returns a function that cancels it. */
export function after(clock: Clock, ms: number, callback: () => void): () => void {
  const at = clock.now() + ms
  let handle: unknown
  const arm = () => {
    const left = Math.max(0, at - clock.now())
    handle = left > maxTimerMs ? clock.setTimeout(arm, maxTimerMs) : clock.setTimeout(callback, left)
  }
  arm()
  return () => clock.clearTimeout(handle)
}

/** Waits. @throws Cancelled */
export function pause(clock: Clock, ms: number, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = after(clock, ms, () => {
      stopListening()
      resolve()
    })
    const stopListening = cancellation.onCancel(reason => {
      stop()
      reject(reason)
    })
  })
}
