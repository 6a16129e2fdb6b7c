import type { Clock } from '@breakwater/circuit'

/**
 * Ends a request after `ms`, also one that does not heed its signal. The timer never outlives the request.
 *
 * A timer that fires much too late was frozen with its environment, or the event loop was held up: the answer may be
 * waiting in the socket, so the request gets its time again.
 */
export function bounded<T>(
  ms: number,
  clock: Clock,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController()
    let dueAt = 0
    let timer: unknown
    const start = () => {
      dueAt = clock.now() + ms
      timer = clock.setTimeout(expire, ms)
    }
    const expire = () => {
      if (clock.now() - dueAt > ms) return start()
      const error = new DOMException(`no answer within ${ms} ms`, 'TimeoutError')
      reject(error)
      controller.abort(error)
    }
    start()
    request(controller.signal)
      .then(resolve, reject)
      .finally(() => clock.clearTimeout(timer))
  })
}
