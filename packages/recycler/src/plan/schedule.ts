import type { Move } from '../model.ts'
import type { Settings } from './settings.ts'
import { unheardSince } from './staleness.ts'
import { duration } from './times.ts'
import type { PlannedService, PlanOptions } from './types.ts'
import { nextOpening } from './window.ts'

/**
 * When a service may be recycled: once none of what it reads has moved for the quiet period, or at the end of the maximum
 * wait, so that many changes make one recycle and none is put off for ever. Then its delay, then its window.
 *
 * @param unserved moves that the service has not heard of, at least one.
 * @param createdAt when its primary deployment began.
 */
export function schedule(
  unserved: readonly Move[],
  createdAt: number,
  { delayMs, window }: Settings,
  { quietPeriodMs, maximumWaitMs }: Required<PlanOptions>,
  now: number,
): Pick<PlannedService, 'notBefore' | 'waiting'> {
  const last = Math.max(...unserved.map(({ movedAt }) => movedAt))
  const first = Math.min(...unserved.map(move => unheardSince(createdAt, move)))
  const quietAt = Math.min(last + quietPeriodMs, first + maximumWaitMs)
  const delayedAt = quietAt + delayMs
  const notBefore = window ? nextOpening(window, Math.max(delayedAt, now)) : delayedAt
  if (notBefore <= now) return { notBefore }
  if (window && notBefore > delayedAt) return { notBefore, waiting: 'its maintenance window opens' }
  if (delayMs > 0) return { notBefore, waiting: `its delay of ${duration(delayMs)} is over` }
  return { notBefore, waiting: 'the quiet period is over, as more may change' }
}
