import type { Move, ServiceFacts } from '../model.ts'
import { changeIdOf } from '../observe/label-change.ts'
import { checkPlanOptions } from './options.ts'
import { readings } from './readers.ts'
import { type Candidate, whyNot, whyNotOther } from './skip.ts'
import { isStale, primaryOf, unheardSince } from './staleness.ts'
import { readSettings } from './tags.ts'
import { compare } from './text.ts'
import type { Plan, PlanInput, Skipped } from './types.ts'
import { planWarnings, serviceWarnings } from './warnings.ts'
import { type Place, schedule, wavesOf } from './waves.ts'

/**
 * What is to be done about a move, and why: which services are recycled, in what order and not before when, and which are
 * left alone. The same input makes the same plan, in whatever order the services come.
 *
 * @param input facts: the move, what was found in the clusters, what is on record, and the time.
 * @throws TypeError naming an option that cannot be, its value and what is allowed.
 * @example
 * const document = plan({ move, others: [], discovery, records: new Map(), now: Date.now() })
 * console.log(renderPlan(document).join('\n'))
 */
export function plan(input: PlanInput): Plan {
  const { move, discovery, records, now, canaryDone = false, resolved = new Map() } = input
  const options = checkPlanOptions(input.options)
  const reads = readings(move, discovery.revisions, resolved)
  // Of the other moves only what concerns the readers of this one.
  const shared = new Map([...reads.keys()].map(arn => [arn, discovery.revisions.get(arn)!]))
  const others = input.others
    .filter(({ source, label }) => source !== move.source || label !== move.label)
    .map(other => ({ move: other, reads: readings(other, shared, resolved) }))

  const places: Place[] = []
  const skipped: Skipped[] = []
  const unsure: string[] = []
  const unheard: number[] = []

  for (const service of distinct(discovery.services)) {
    const { cluster, service: arn, name, taskDefinition = '' } = service
    const reading = reads.get(taskDefinition)
    if (!reading) continue
    const record = records.get(arn)
    const candidate: Candidate = { service, reading, record, settings: readSettings(service.tags) }
    const why = whyNot(candidate, move, options.optIn)
    if (reading.unsure) unsure.push(name)
    const unserved = [move, ...otherMoves(candidate, others)]
    const createdAt = primaryOf(service)?.createdAt ?? now
    if (!why || why.stale) unheard.push(...unserved.map(one => unheardSince(createdAt, one)))
    if (why) skipped.push({ cluster, service: arn, name, ...why })
    else {
      const time = schedule(unserved, createdAt, candidate.settings, options, now)
      places.push(place(candidate, unserved, input, time))
    }
  }
  const otherTasks = discovery.others.filter(({ taskDefinition = '' }) => reads.has(taskDefinition))
  for (const tasks of otherTasks) {
    const { cluster, name, taskDefinition = '' } = tasks
    const reading = reads.get(taskDefinition)!
    if (reading.unsure) unsure.push(name)
    skipped.push({ cluster, service: taskDefinition, name, ...whyNotOther(tasks, reading) })
  }
  skipped.sort((one, other) => compare(placeIn(one), placeIn(other)))
  const waves = wavesOf(places, options, canaryDone, now)
  const found = { move, discovery, unsure: unsure.sort(compare), others: otherTasks }
  return {
    version: 1,
    change: changeIdOf(move),
    move,
    at: now,
    waves,
    skipped,
    counts: {
      candidates: places.length + skipped.length,
      stale: places.length + skipped.filter(({ stale }) => stale).length,
      planned: places.length,
      skipped: skipped.length,
    },
    ...(unheard.length > 0 && { oldestStaleAt: Math.min(...unheard) }),
    warnings: planWarnings(found),
  }
}

const placeIn = ({ name, service, cluster }: Skipped) => [name, service, cluster].join('\n')

/** The other moves that a service has not heard of, and that the same recycle serves. */
function otherMoves(
  { service, record }: Candidate,
  others: readonly { readonly move: Move; readonly reads: ReturnType<typeof readings> }[],
): Move[] {
  return others
    .filter(({ move, reads }) => {
      const reading = reads.get(service.taskDefinition ?? '')
      return reading?.kind === 'moved' && isStale(service, move, record)
    })
    .map(({ move }) => move)
}

function place(
  { service, reading, settings }: Candidate,
  unserved: readonly Move[],
  { move, discovery }: PlanInput,
  time: ReturnType<typeof schedule>,
): Place {
  const { cluster, service: arn, name, deployments, taskDefinition = '' } = service
  const { id, createdAt } = primaryOf(service)!
  const underWay = deployments.find(({ rolloutState }) => rolloutState === 'IN_PROGRESS')
  const also = new Set(unserved.map(({ source }) => source).filter(source => source !== move.source))
  const planned = {
    cluster,
    service: arn,
    name,
    ...time,
    deployment: { id, createdAt },
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
