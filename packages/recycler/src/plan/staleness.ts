import type { DeploymentFacts, LabelChange, ServiceFacts, ServiceRecord } from '../model.ts'

/** `fresh`: what runs began after the label change. `already-recycled`: a recycle for the label change is on record. */
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
 * Whether a service that reads what moved holds the old version. The truth is the running tasks: as long as one runs that
 * began before the label change, it does, whatever deployment is primary, whoever began that, and whatever is on record. Where
 * its tasks were looked at, their times say so; else those of the deployments that have tasks. Who was recycled for this
 * label change and has no older tasks is done, whatever the number of events, unless that recycle failed.
 *
 * A service without a primary deployment counts as stale, since nothing says that it is not.
 *
 * @example
 * if (stalenessOf(service, labelChange, record) === 'fresh') return { state: 'left-alone', reason: 'fresh' }
 */
export function stalenessOf(
  service: Pick<ServiceFacts, 'deployments' | 'tasksBegan'>,
  labelChange: Pick<LabelChange, 'source' | 'label' | 'sequence' | 'movedAt' | 'confirmed'>,
  record?: ServiceRecord,
): Staleness {
  const last = serves(record, labelChange) ? record?.last : undefined
  const primary = primaryOf(service)
  const { tasksBegan } = service
  const isOld = tasksBegan?.some(at => beganBefore(at, labelChange)) ?? olderTasks(service, labelChange) > 0
  if (isOld) return 'stale'
  if (last && last.outcome !== 'failed') return 'already-recycled'
  if (tasksBegan) return 'fresh'
  if (!primary || beganBefore(primary.createdAt, labelChange)) return 'stale'
  return primary.rolloutState === 'FAILED' && last?.deployment === primary.id ? 'stale' : 'fresh'
}

/**
 * Whether only its tasks can say that it is fresh: it began before the label may have moved, while look-ups confirmed that the
 * label was where it is now. Tasks that were replaced since may have read something else in between.
 *
 * @example
 * const asked = services.filter(service => restsOnConfirmed(service, labelChange))
 */
export function restsOnConfirmed(
  { deployments, tasksBegan }: Pick<ServiceFacts, 'deployments' | 'tasksBegan'>,
  labelChange: Pick<LabelChange, 'movedAt' | 'confirmed'>,
): boolean {
  const { movedAt } = labelChange
  return (
    !tasksBegan &&
    deployments.some(
      ({ createdAt }) => beganBefore(createdAt, { movedAt }) && !beganBefore(createdAt, labelChange),
    )
  )
}

/**
 * The deployment that is under way, if one is.
 *
 * @example
 * if (underWay(service)) return waitForIt
 */
export function underWay(service: ServiceFacts): DeploymentFacts | undefined {
  return service.deployments.find(one =>
    one.rolloutState === undefined
      ? one.status === 'PRIMARY' && !isDone(service, one)
      : one.rolloutState === 'IN_PROGRESS' && one.status !== 'INACTIVE',
  )
}

/** Of a deployment whose state is not given, by its tasks. */
export function isDone({ deployments }: ServiceFacts, one: DeploymentFacts): boolean {
  if (one.rolloutState !== undefined) return one.rolloutState === 'COMPLETED'
  return one.running >= one.desired && deployments.every(other => other === one || other.running === 0)
}

/**
 * What to say of a deployment that is under way for longer than one may be; undefined where none is. Its time is counted
 * from the label change on where it began before: until then it was nobody's business here.
 */
export function stuckDeployment(
  service: ServiceFacts,
  record: ServiceRecord | undefined,
  { movedAt }: Pick<LabelChange, 'movedAt'>,
  timeoutMs: number,
  now: number,
): string | undefined {
  const one = underWay(service)
  if (!one) return undefined
  const sinceMs = now - Math.max(one.createdAt, movedAt)
  if (sinceMs < timeoutMs) return undefined
  const whose = record?.last?.deployment === one.id ? 'begun by a recycle' : 'of another origin'
  const tasks = `${one.running} of ${one.desired} tasks run`
  return `Its deployment ${one.id}, ${whose}, is not over after ${Math.round(sinceMs / 60_000)} minutes (${tasks})`
}

/** How many tasks run of deployments before the primary one, which began before the label change. */
export function olderTasks(
  service: Pick<ServiceFacts, 'deployments'>,
  labelChange: Pick<LabelChange, 'movedAt' | 'confirmed'>,
): number {
  const primary = primaryOf(service)
  return service.deployments
    .filter(one => one !== primary && beganBefore(one.createdAt, labelChange))
    .reduce((sum, { running }) => sum + running, 0)
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
