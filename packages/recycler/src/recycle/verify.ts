import { systemClock } from '@breakwater/circuit'
import { sleepBy } from '../concurrency.ts'
import { serviceDescriber } from '../discover/services.ts'
import type { ServiceFacts } from '../model.ts'
import { olderTasks, primaryOf } from '../plan/staleness.ts'
import { maxNamed } from '../records/codecs.ts'
import type { VerifyAnswer, VerifyRequest } from '../workflow/protocol.ts'
import type { PlannerDependencies } from './planner-options.ts'

/** Asks ECS once more about the services of a wave, puts on record what became of them, and says whether the next wave may follow. */
export async function verify(
  dependencies: PlannerDependencies,
  request: VerifyRequest,
): Promise<VerifyAnswer> {
  const { records, clock = systemClock, random = Math.random, observe } = dependencies
  const { execution, change, labelChange, wave, outcomes } = request
  const failed = outcomes.flatMap(({ target, outcome, reason = 'unknown' }) =>
    outcome === 'failed' ? [{ name: target.name, reason }] : [],
  )
  const recycled = outcomes.filter(({ outcome }) => outcome === 'recycled').map(({ target }) => target)
  const well: string[] = []
  const describe = serviceDescriber({ ecs: dependencies.ecs, clock, sleep: sleepBy(clock), random })
  for (const target of recycled) {
    const problem = problemOf(await describe(target), labelChange.movedAt)
    if (problem === undefined) well.push(target.name)
    else failed.push({ name: target.name, reason: problem })
  }
  const now = clock.now()
  const before = await records.execution(execution)
  if (before) {
    const counts = {
      ...before.counts,
      recycled: before.counts.recycled + well.length,
      failed: before.counts.failed + failed.length,
    }
    const reasons = failed.map(({ name, reason }) => ({ service: name, reason }))
    await records.saveExecution(execution, {
      ...before,
      counts,
      recycled: [...before.recycled, ...well].slice(0, maxNamed),
      failed: [...before.failed, ...reasons].slice(0, maxNamed),
    })
  }
  const ok = failed.length === 0
  if (ok) {
    // A canary that was left alone has shown nothing.
    if (well.length > 0) {
      await records.changeRun(change, run => (run.canaryDone ? undefined : { ...run, canaryDone: true }))
    }
  } else {
    const [{ name, reason }] = failed as [{ name: string; reason: string }]
    await records.failRun(change, `${wave.name}: ${name}: ${reason}`.slice(0, 1_000))
  }
  await records.audit(labelChange.source, {
    at: now,
    act: ok ? 'verified' : 'failed',
    change,
    execution,
    wave: wave.number,
    text: ok
      ? `${wave.name}: ${well.length} recycled`
      : `${wave.name}: ${failed.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}`.slice(0, 2_000),
  })
  observe?.({ recycled: well.length, failed: failed.length })
  return { ok, failed: failed.slice(0, maxNamed), recycled: well.length }
}

/** What keeps a service from being well after its recycle. One that is gone has no task that could be stale. */
function problemOf(service: ServiceFacts | undefined, movedAt: number): string | undefined {
  if (service?.status !== 'ACTIVE') return undefined
  const primary = primaryOf(service)
  if (!primary) return 'it has no primary deployment'
  if (primary.createdAt < movedAt) return 'its primary deployment is one of before the label change'
  if (primary.rolloutState === 'FAILED') return primary.reason ?? 'its deployment failed'
  const older = olderTasks(service, { movedAt })
  if (older > 0) return `${older} of its tasks began before the label change`
  return undefined
}
