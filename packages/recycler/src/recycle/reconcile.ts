import { systemClock } from '@breakwater/circuit'
import { inParallel } from '../concurrency.ts'
import { type Discovery, defaultLabel, type LabelChange } from '../model.ts'
import { changeIdOf } from '../observe/label-change.ts'
import { lookUp } from '../observe/look-up.ts'
import { plan } from '../plan/plan.ts'
import { staleSince } from '../plan/staleness.ts'
import { compare, listed } from '../plan/text.ts'
import { inputOf } from './executions.ts'
import { planOptionsOf } from './next.ts'
import { dated, discovered, factsOf } from './plan-facts.ts'
import type { PlannerDependencies } from './planner-options.ts'

/** Look-ups at a time: well below what Secrets Manager and Parameter Store take. */
const atOnce = 4

/** What a reconcile found. */
export interface ReconcileResult {
  /** Secrets and parameters that services read. */
  readonly sources: number
  /** Services that hold an old version and can be recycled. */
  readonly stale: number
  /** Services that hold an old version and are left alone. */
  readonly leftAlone: number
  /** Secrets and parameters that services read and of which nothing could be seen: of another Region, gone, or closed. */
  readonly unseen: number
  /** Names of the executions that it started. */
  readonly started: readonly string[]
  /** What could not be looked at, in a sentence each. */
  readonly problems: readonly string[]
}

/**
 * Finds what no event reported: looks at everything that the services read, puts label changes on record, and starts an execution
 * for each change that left a service stale and that no execution works on. A change that failed is left to a person.
 */
export async function reconcile(dependencies: PlannerDependencies): Promise<ReconcileResult> {
  const { records, executions, options = {}, clock = systemClock, observe } = dependencies
  const discovery = await discovered(dependencies)
  const problems = [...discovery.problems]
  const wanted = sourcesOf(discovery)
  const labelChanges = new Map<string, LabelChange>()
  let unseen = 0
  await inParallel(wanted, atOnce, async ({ readers, elsewhere, ...one }) => {
    const why = elsewhere ?? (await look(one))
    if (why === undefined) return
    unseen++
    problems.push(`${one.secretId}, read by ${listed([...readers].sort(compare))}: ${why}`)
  })

  /** Puts on record what a source is like now; answers why it could not. */
  async function look(one: Pick<Wanted, 'secretId' | 'kind' | 'label'>): Promise<string | undefined> {
    try {
      const { labelChange, source } = await lookUp(dependencies, one)
      if (labelChange) labelChanges.set(`${labelChange.source}#${labelChange.label}`, labelChange)
      else return source ? `no version of it has the label ${one.label}` : `there is no such ${one.kind}`
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    return undefined
  }

  const all = await records.labelChanges(undefined, error => problems.push(error.message))
  const stale = new Set<string>()
  const leftAlone = new Set<string>()
  const started: string[] = []
  let oldest = clock.now()
  for (const labelChange of labelChanges.values()) {
    const facts = await factsOf(dependencies, labelChange, discovery, all)
    const { waves, skipped } = plan(await dated(dependencies, { ...facts, options: planOptionsOf(options) }))
    for (const { services } of waves) for (const { service } of services) stale.add(service)
    for (const one of skipped) if (one.stale) leftAlone.add(one.service)
    if (waves.length === 0) continue
    const planned = waves.flatMap(({ services }) => services)
    oldest = Math.min(oldest, ...planned.map(one => staleSince(one.deployment.createdAt, labelChange)))
    const name = await nameFor(dependencies, labelChange, clock.now())
    if (name !== undefined && (await executions.start(name, inputOf(labelChange))) === 'started')
      started.push(name)
  }
  const figures = { staleServices: stale.size, leftAlone: leftAlone.size, unseen }
  observe?.({ ...figures, oldestStaleMs: clock.now() - oldest })
  return {
    sources: labelChanges.size,
    stale: stale.size,
    leftAlone: leftAlone.size,
    unseen,
    started,
    problems: problems.sort(),
  }
}

/** The name of an execution that takes a change up; undefined where an execution works on it, or a person must start it. */
async function nameFor(
  { records, executions, options }: PlannerDependencies,
  labelChange: LabelChange,
  now: number,
): Promise<string | undefined> {
  const change = changeIdOf(labelChange)
  if (options?.dryRun !== false) return `${change}-dry`
  const { value: run } = await records.run(change)
  if (run?.status === 'failed') return undefined
  if (run?.status === 'running' && (await executions.isRunning(run.execution))) return undefined
  // Of its own, as one that died before it was on record has used the next name up.
  return `${change}-${(run?.attempt ?? 0) + 1}-${Math.floor(now / 60_000).toString(36)}`
}

/** Something that services name, with the label that they ask for. */
interface Wanted {
  readonly secretId: string
  readonly kind: LabelChange['kind']
  readonly label: string
  /** Names of the services. */
  readonly readers: Set<string>
  /** Why it cannot be looked up here. */
  readonly elsewhere: string | undefined
}

/** Everything that a service names, each with the label it asks for, once. */
function sourcesOf({ services, revisions }: Discovery): readonly Wanted[] {
  const found = new Map<string, Wanted>()
  for (const { name: reader, taskDefinition = '' } of services) {
    const [, , , here] = taskDefinition.split(':')
    for (const reference of revisions.get(taskDefinition)?.references ?? []) {
      const { kind, partition, region, account, name, versionId } = reference
      if (versionId !== undefined) continue
      const secretId =
        kind === 'secret'
          ? `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`
          : `arn:${partition}:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`
      const label = reference.label ?? defaultLabel[kind]
      const key = `${secretId}#${label}`
      const elsewhere =
        region === here
          ? undefined
          : `it is in ${region}, and only ${here} is looked at: it is not known whether they hold the current version`
      const known = found.get(key) ?? { secretId, kind, label, readers: new Set(), elsewhere }
      known.readers.add(reader)
      found.set(key, known)
    }
  }
  return [...found.values()]
}
