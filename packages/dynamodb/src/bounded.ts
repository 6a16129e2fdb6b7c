import type { Clock } from '@breakwater/circuit'
import { waitAtMost } from '@breakwater/circuit/shared'

/** Ends a request after `ms`, also one that ignores its signal. The timer never outlives the request. */
export async function bounded<T>(
  ms: number,
  clock: Clock,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const requested = request(controller.signal)
  if (!(await waitAtMost(requested, ms, clock))) {
    const error = new DOMException(`no answer within ${ms} ms`, 'TimeoutError')
    controller.abort(error)
    throw error
  }
  return requested
}
