import type { Clock } from '@breakwater/circuit'
import type { Mapping } from './mapping.ts'
import type { ReceivedMessage } from './message.ts'
import type { Queue } from './queue.ts'

/** How long one receive waits, in seconds. */
const pollSeconds = 20
/** Most that one receive brings. */
const maxAtOnce = 10
/** Half of an invocation's limit: one more receive may bring as much again. */
const enoughBytes = 3 * 1024 * 1024

/**
 * Receives a batch for an invocation: the messages that are there, or come within the window after the first one. Nothing,
 * if none comes for a while or the signal ends first; once there is one, the signal only ends the window.
 */
export async function gather(
  queue: Queue,
  { batchSize, windowMs }: Pick<Mapping, 'batchSize' | 'windowMs'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly ReceivedMessage[]> {
  const next = (count: number, until: AbortSignal) =>
    queue.receive({
      maxMessages: Math.min(maxAtOnce, batchSize - count),
      waitTimeSeconds: pollSeconds,
      signal: until,
    })
  const batch = [...(await next(0, signal))]
  if (batch.length === 0) return batch

  const window = new AbortController()
  const end = () => window.abort()
  const timer = clock.setTimeout(end, windowMs)
  signal.addEventListener('abort', end)
  const until = clock.now() + windowMs
  const mayGrow = () => batch.length < batchSize && sizeOf(batch) < enoughBytes && clock.now() < until
  // A closed queue answers at once, for ever.
  while (mayGrow() && !signal.aborted && !queue.closed)
    batch.push(...(await next(batch.length, window.signal)))
  clock.clearTimeout(timer)
  signal.removeEventListener('abort', end)
  return batch
}

function sizeOf(batch: readonly ReceivedMessage[]): number {
  return batch.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0)
}
