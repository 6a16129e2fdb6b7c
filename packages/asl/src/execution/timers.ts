import type { Clock } from '../time/clock.ts'
import type { Cancellation } from './cancellation.ts'

/** The longest that a timer of the machine can be, in ms. */
const longest = 2_147_483_647

/** Calls back once after `ms`, however long that is; returns what takes it back. */
export function after(clock: Clock, ms: number, callback: () => void): () => void {
  const at = clock.now() + ms
  let handle: unknown
  const arm = () => {
    const left = Math.max(0, at - clock.now())
    handle = left > longest ? clock.setTimeout(arm, longest) : clock.setTimeout(callback, left)
  }
  arm()
  return () => clock.clearTimeout(handle)
}

/** Waits. @throws Cancelled */
export function pause(clock: Clock, ms: number, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = after(clock, ms, () => {
      forget()
      resolve()
    })
    const forget = cancellation.add(reason => {
      stop()
      reject(reason)
    })
  })
}
