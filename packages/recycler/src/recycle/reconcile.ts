import { systemClock } from '@breakwater/circuit'
import type { LabelChange } from '../model.ts'
import { changeIdOf } from '../observe/label-change.ts'
import { staleSince } from '../plan/staleness.ts'
import { inputOf } from './executions.ts'
import type { PlannerDependencies } from './planner-options.ts'
import { survey } from './survey.ts'

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
  const { executions, clock = systemClock, observe } = dependencies
  const { plans, unseen, problems } = await survey(dependencies)
  const stale = new Set<string>()
  const leftAlone = new Set<string>()
  const started: string[] = []
  let oldest = clock.now()
  for (const { labelChange, waves, skipped } of plans) {
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
  return { sources: plans.length, stale: stale.size, leftAlone: leftAlone.size, unseen, started, problems }
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
