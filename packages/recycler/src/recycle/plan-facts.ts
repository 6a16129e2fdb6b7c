import { systemClock } from '@breakwater/circuit'
import { discover, withTaskTimes } from '../discover/discover.ts'
import type { Discovery, LabelChange, Reference } from '../model.ts'
import { describeSource } from '../observe/describe-source.ts'
import { matcherOf } from '../observe/reference.ts'
import { plan } from '../plan/plan.ts'
import { sourceOf } from '../plan/readers.ts'
import { restsOnConfirmed } from '../plan/staleness.ts'
import type { PlanInput } from '../plan/types.ts'
import type { PlannerDependencies } from './planner-options.ts'

/** Moves that are older cannot be waiting for a recycle of their own any more. */
const othersMs = 86_400_000

/** Looks at all clusters, or at those that were named; or only at some services. */
export function discovered(
  dependencies: PlannerDependencies,
  services?: readonly string[],
): Promise<Discovery> {
  const { ecs, clusters, cache, clock, random } = dependencies
  return discover({
    ecs,
    cache,
    ...(clusters && { clusters }),
    ...(services && { services }),
    ...(clock && { clock }),
    ...(random && { random }),
  })
}

/** Gathers what a plan for one label change is made of. */
export async function factsOf(
  dependencies: PlannerDependencies,
  labelChange: LabelChange,
  discovery: Discovery,
  labelChanges: readonly LabelChange[],
): Promise<Omit<PlanInput, 'options' | 'canaryDone'>> {
  const { records, clock = systemClock } = dependencies
  const now = clock.now()
  const matchOf = matcherOf(sourceOf(labelChange))
  const reading = new Set<string>()
  const ambiguous = new Map<string, Reference>()
  for (const definition of new Set(discovery.services.map(one => one.taskDefinition ?? ''))) {
    for (const reference of discovery.revisions.get(definition)?.references ?? []) {
      const match = matchOf(reference)
      if (match) reading.add(definition)
      if (match?.ambiguous) ambiguous.set(reference.written, reference)
    }
  }
  const readers = discovery.services.filter(({ taskDefinition = '' }) => reading.has(taskDefinition))
  const isOther = (one: LabelChange) => one.source !== labelChange.source || one.label !== labelChange.label
  return {
    labelChange,
    others: labelChanges.filter(one => isOther(one) && Math.max(one.movedAt, one.seenAt) >= now - othersMs),
    discovery,
    records: await records.services(readers.map(({ service }) => service)),
    resolved: await meanings(dependencies, ambiguous),
    now,
  }
}

/** So many services are looked at a plan, those that are recycled first before all others: some hundred calls. */
const maxDated = 50

/** And so many of which a recycle too many would be the price of not looking, some 20 s at the rate of the calls. */
const maxConfirmed = 200

/**
 * Adds since when the tasks of services run that seem to hold the old version by the times of their deployments: where a
 * service was scaled to nothing and back, or lost its tasks one by one, all of them may have begun after the label moved. So it
 * does for those that seem fresh only since their deployment began while the label was where it is now.
 */
export async function dated(
  { ecs, clock, random }: PlannerDependencies,
  input: PlanInput,
): Promise<PlanInput> {
  const { waves, skipped } = plan(input)
  const stale = [...waves.flatMap(({ services }) => services), ...skipped.filter(one => one.stale)]
  const fresh = new Set(skipped.flatMap(one => (one.reason === 'fresh' ? one.service : [])))
  const confirmed = input.discovery.services.filter(
    one => fresh.has(one.service) && restsOnConfirmed(one, input.labelChange),
  )
  const asked = new Set(
    [...stale.slice(0, maxDated), ...confirmed.slice(0, maxConfirmed)].map(({ service }) => service),
  )
  if (asked.size === 0) return input
  const options = { ecs, ...(clock && { clock }), ...(random && { random }) }
  return { ...input, discovery: await withTaskTimes(input.discovery, asked, options) }
}

/** Asks what texts that may be two things really mean; what cannot be looked up stays ambiguous. */
async function meanings(
  dependencies: PlannerDependencies,
  ambiguous: ReadonlyMap<string, Reference>,
): Promise<ReadonlyMap<string, string>> {
  const resolved = new Map<string, string>()
  for (const [written, { partition, region, account, name }] of ambiguous) {
    const arn = `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`
    try {
      const source = await describeSource(dependencies, arn, 'secret')
      if (source) resolved.set(written, source.arn)
    } catch {
      // The plan warns of it.
    }
  }
  return resolved
}
