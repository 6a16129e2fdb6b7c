import type { DeploymentFacts, LabelChange, ServiceFacts, ServiceRecord } from '../model.ts'

/** `fresh`: its deployment began after the label change. `already-recycled`: a recycle for the label change is on record. */
export type Staleness = 'stale' | 'fresh' | 'already-recycled'

/** Times of events have whole seconds, and two services' clocks are not one. */
const graceMs = 1_000

/** The deployment that a service is on, or is about to be on. */
export function primaryOf({ deployments }: Pick<ServiceFacts, 'deployments'>): DeploymentFacts | undefined {
  return deployments.find(one => one.status === 'PRIMARY')
}

/** Whether what began then may hold what was there before the label change. */
export function beganBefore(
  createdAt: number,
  { movedAt, confirmed = [] }: Pick<LabelChange, 'movedAt' | 'confirmed'>,
): boolean {
  const isConfirmed = confirmed.some(({ from, until }) => createdAt >= from + graceMs && createdAt <= until)
  return createdAt < movedAt + graceMs && !isConfirmed
}

/**
 * Whether a service that reads what moved holds the old version. Times say so, and the record: who was recycled for
 * this label change is done, whatever the number of events, unless that recycle failed.
 *
 * A service without a primary deployment counts as stale, since nothing says that it is not.
 *
 * @example
 * if (stalenessOf(service, labelChange, record) === 'fresh') return { state: 'left-alone', reason: 'fresh' }
 */
export function stalenessOf(
  service: Pick<ServiceFacts, 'deployments'>,
  labelChange: Pick<LabelChange, 'source' | 'label' | 'sequence' | 'movedAt' | 'confirmed'>,
  record?: ServiceRecord,
): Staleness {
  const last = serves(record, labelChange) ? record?.last : undefined
  const primary = primaryOf(service)
  const failed = primary?.rolloutState === 'FAILED'
  // A deployment that failed replaced nothing, whatever began it: what ran before it still runs.
  if (failed && service.deployments.some(one => one !== primary && isOld(one, labelChange))) return 'stale'
  if (last && last.outcome !== 'failed') return 'already-recycled'
  if (!primary || beganBefore(primary.createdAt, labelChange)) return 'stale'
  return failed && last?.deployment === primary.id ? 'stale' : 'fresh'
}

function isOld(
  { running, createdAt }: DeploymentFacts,
  labelChange: Pick<LabelChange, 'movedAt' | 'confirmed'>,
): boolean {
  return running > 0 && beganBefore(createdAt, labelChange)
}

/** Since when a service that began then is stale by the changes of a label, in epoch ms. */
export function staleSince(createdAt: number, { movedAt, earlier = [] }: LabelChange): number {
  return earlier.find(at => beganBefore(createdAt, { movedAt: at })) ?? movedAt
}

/**
 * Whether it is stale: see {@link stalenessOf}.
 *
 * @example
 * const stale = services.filter(service => isStale(service, labelChange, records.get(service.service)))
 */
export function isStale(...given: Parameters<typeof stalenessOf>): boolean {
  return stalenessOf(...given) === 'stale'
}

/** A recycle for a later label change of the label has brought this one as well. */
function serves(
  record: ServiceRecord | undefined,
  labelChange: Pick<LabelChange, 'source' | 'label' | 'sequence'>,
): boolean {
  const served = record?.last?.labelChange
  return (
    served?.source === labelChange.source &&
    served.label === labelChange.label &&
    served.sequence >= labelChange.sequence
  )
}
