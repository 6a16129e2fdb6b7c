import type { DeploymentFacts, Move, ServiceFacts, ServiceRecord } from '../model.ts'

/** `fresh`: its deployment began after the move. `already-recycled`: a recycle for the move is on record. */
export type Staleness = 'stale' | 'fresh' | 'already-recycled'

/** Times of events have whole seconds, and two services' clocks are not one. */
const graceMs = 1_000

/** The deployment that a service is on, or is about to be on. */
export function primaryOf({ deployments }: Pick<ServiceFacts, 'deployments'>): DeploymentFacts | undefined {
  return deployments.find(one => one.status === 'PRIMARY')
}

/** Whether what began then may hold what was there before the move. */
export function beganBefore(
  createdAt: number,
  { movedAt, sure = [] }: Pick<Move, 'movedAt' | 'sure'>,
): boolean {
  const isSure = sure.some(({ from, until }) => createdAt >= from + graceMs && createdAt <= until)
  return createdAt < movedAt + graceMs && !isSure
}

/**
 * Whether a service that reads what moved holds the old version. Times say so, and the record: who was recycled for
 * this move is done, whatever the number of events, unless that recycle failed.
 *
 * A service without a primary deployment counts as stale, since nothing says that it is not.
 *
 * @example
 * if (stalenessOf(service, move, record) === 'fresh') return { state: 'left', reason: 'fresh' }
 */
export function stalenessOf(
  service: Pick<ServiceFacts, 'deployments'>,
  move: Pick<Move, 'source' | 'label' | 'sequence' | 'movedAt' | 'sure'>,
  record?: ServiceRecord,
): Staleness {
  const last = serves(record, move) ? record?.last : undefined
  const primary = primaryOf(service)
  const failed = primary?.rolloutState === 'FAILED'
  // A deployment that failed replaced nothing, whoever began it: what ran before it still runs.
  if (failed && service.deployments.some(one => one !== primary && isOld(one, move))) return 'stale'
  if (last && last.outcome !== 'failed') return 'already-recycled'
  if (!primary || beganBefore(primary.createdAt, move)) return 'stale'
  return failed && last?.deployment === primary.id ? 'stale' : 'fresh'
}

function isOld({ running, createdAt }: DeploymentFacts, move: Pick<Move, 'movedAt' | 'sure'>): boolean {
  return running > 0 && beganBefore(createdAt, move)
}

/** Since when a service that began then has not heard of the moves of a label, in epoch ms. */
export function unheardSince(createdAt: number, { movedAt, earlier = [] }: Move): number {
  return earlier.find(at => beganBefore(createdAt, { movedAt: at })) ?? movedAt
}

/**
 * Whether it is stale: see {@link stalenessOf}.
 *
 * @example
 * const stale = services.filter(service => isStale(service, move, records.get(service.service)))
 */
export function isStale(...given: Parameters<typeof stalenessOf>): boolean {
  return stalenessOf(...given) === 'stale'
}

/** A recycle for a later move of the label has brought this one as well. */
function serves(
  record: ServiceRecord | undefined,
  move: Pick<Move, 'source' | 'label' | 'sequence'>,
): boolean {
  const served = record?.last?.move
  return served?.source === move.source && served.label === move.label && served.sequence >= move.sequence
}
