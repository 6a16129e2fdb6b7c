import type { LabelChange, ServiceFacts } from '../model.ts'
import { changeIdOf } from '../observe/label-change.ts'
import { checkPlanOptions } from './options.ts'
import { readings } from './readers.ts'
import { type Candidate, whyNot, whyNotOther } from './skip.ts'
import { beganBefore, isStale, olderTasks, primaryOf, staleSince } from './staleness.ts'
import { readSettings } from './tags.ts'
import { compare } from './text.ts'
import type { Plan, PlanInput, Skipped } from './types.ts'
import { planWarnings, serviceWarnings } from './warnings.ts'
import { schedule, type WaveMember, wavesOf } from './waves.ts'

/**
 * What is to be done about a label change, and why: which services are recycled, in what order and not before when, and which are
 * left alone. The same input makes the same plan, in whatever order the services come.
 *
 * @param input facts: the label change, what was found in the clusters, what is on record, and the time.
 * @throws TypeError naming an option that cannot be, its value and what is allowed.
 * @example
 * const document = plan({ labelChange, others: [], discovery, records: new Map(), now: Date.now() })
 * console.log(renderPlan(document).join('\n'))
 */
export function plan(input: PlanInput): Plan {
  const { labelChange, discovery, records, now, canaryDone = false, resolved = new Map() } = input
  const options = checkPlanOptions(input.options)
  const reads = readings(labelChange, discovery.revisions, resolved)
  // Of the other label changes only what concerns the readers of this one.
  const shared = new Map([...reads.keys()].map(arn => [arn, discovery.revisions.get(arn)!]))
  const others = input.others
    .filter(({ source, label }) => source !== labelChange.source || label !== labelChange.label)
    .map(other => ({ labelChange: other, reads: readings(other, shared, resolved) }))

  const members: WaveMember[] = []
  const skipped: Skipped[] = []
  const ambiguous: string[] = []
  const staleTimes: number[] = []

  for (const service of distinct(discovery.services)) {
    const { cluster, service: arn, name, taskDefinition = '' } = service
    const reading = reads.get(taskDefinition)
    if (!reading) continue
    const record = records.get(arn)
    const candidate: Candidate = { service, reading, record, settings: readSettings(service.tags) }
    const why = whyNot(candidate, labelChange, options, now)
    if (reading.ambiguous) ambiguous.push(name)
    const unserved = [labelChange, ...otherChanges(candidate, others)]
    const createdAt = primaryOf(service)?.createdAt ?? now
    if (!why || why.stale) staleTimes.push(...unserved.map(one => staleSince(createdAt, one)))
    if (why) skipped.push({ cluster, service: arn, name, ...why })
    else {
      const time = schedule(unserved, createdAt, candidate.settings, options, now)
      members.push(memberOf(candidate, unserved, input, time))
    }
  }
  const otherTasks = discovery.others.filter(({ taskDefinition = '' }) => reads.has(taskDefinition))
  for (const tasks of otherTasks) {
    const { cluster, name, taskDefinition = '' } = tasks
    const reading = reads.get(taskDefinition)!
    if (reading.ambiguous) ambiguous.push(name)
    skipped.push({ cluster, service: taskDefinition, name, ...whyNotOther(tasks, reading) })
  }
  skipped.sort((one, other) => compare(sortKeyOf(one), sortKeyOf(other)))
  const waves = wavesOf(members, options, canaryDone, now)
  const recycled = members.map(({ facts }) => discovery.revisions.get(facts.taskDefinition ?? ''))
  const found = { labelChange, discovery, ambiguous: ambiguous.sort(compare), others: otherTasks, recycled }
  return {
    version: 1,
    change: changeIdOf(labelChange),
    labelChange,
    at: now,
    waves,
    skipped,
    counts: {
      candidates: members.length + skipped.length,
      stale: members.length + skipped.filter(({ stale }) => stale).length,
      planned: members.length,
      skipped: skipped.length,
    },
    ...(staleTimes.length > 0 && { oldestStaleAt: Math.min(...staleTimes) }),
    warnings: planWarnings(found),
  }
}

const sortKeyOf = ({ name, service, cluster }: Skipped) => [name, service, cluster].join('\n')

/** The other label changes by which a service is stale, and that the same recycle serves. */
function otherChanges(
  { service, record }: Candidate,
  others: readonly { readonly labelChange: LabelChange; readonly reads: ReturnType<typeof readings> }[],
): LabelChange[] {
  return others
    .filter(({ labelChange, reads }) => {
      const reading = reads.get(service.taskDefinition ?? '')
      return reading?.by === 'label' && isStale(service, labelChange, record)
    })
    .map(({ labelChange }) => labelChange)
}

function memberOf(
  { service, reading, record, settings }: Candidate,
  unserved: readonly LabelChange[],
  { labelChange, discovery }: PlanInput,
  time: ReturnType<typeof schedule>,
): WaveMember {
  const { cluster, service: arn, name, deployments, taskDefinition = '' } = service
  const { id, createdAt } = primaryOf(service)!
  const older = beganBefore(createdAt, labelChange) ? 0 : olderTasks(service, labelChange)
  const underWay = deployments.find(({ rolloutState }) => rolloutState === 'IN_PROGRESS')
  const also = new Set(unserved.map(({ source }) => source).filter(source => source !== labelChange.source))
  const planned = {
    cluster,
    service: arn,
    name,
    ...time,
    deployment: { id, createdAt },
    ...(older > 0 && { olderTasks: older }),
    ...(!isStale({ deployments }, labelChange, record) && { byTasks: true }),
    ...(underWay && { waitsFor: underWay.id }),
    references: reading.where,
    alsoServes: [...also].sort(compare),
    warnings: serviceWarnings(service, settings, discovery.revisions.get(taskDefinition)),
  }
  return { planned, facts: service, settings }
}

/** Each service once, in an order that is always the same. */
function distinct(services: readonly ServiceFacts[]): ServiceFacts[] {
  const byArn = new Map(services.map(service => [service.service, service]))
  return [...byArn.values()].sort((one, other) => compare(one.service, other.service))
}
