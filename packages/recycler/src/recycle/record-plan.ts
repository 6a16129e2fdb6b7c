import { renderPlan } from '../plan/render.ts'
import type { Plan, Wave } from '../plan/types.ts'
import { type ExecutionRecord, maxNamed } from '../records/codecs.ts'
import type { PlannerDependencies } from './planner-options.ts'

const maxPlanLines = 400

/** What is put on record of a plan. */
interface PlanToRecord {
  readonly execution: string
  readonly made: Plan
  /** The wave that is due. */
  readonly wave: Wave | undefined
  readonly dryRun: boolean
  /** What was on record of the execution. */
  readonly before: ExecutionRecord | undefined
}

/** Puts a plan on record: what the execution's report is made of, and of the first one every decision. */
export async function recordPlan(dependencies: PlannerDependencies, plan: PlanToRecord): Promise<void> {
  const { records } = dependencies
  const { execution, made, wave, dryRun, before } = plan
  const { change, labelChange } = made
  const record: ExecutionRecord = {
    change,
    secret: labelChange.source,
    label: labelChange.label,
    versionId: labelChange.versionId,
    ...startedWith(made, before),
    ...(dryRun && { plan: renderPlan(made).slice(0, maxPlanLines) }),
    ...(wave && { wave: { services: namesIn(wave), times: timesGiven(wave, before) } }),
  }
  await records.saveExecution(execution, record)
  if (!before) await auditPlan(dependencies, made, execution)
}

/** How often a wave has been given out in a row, this time included. */
export function timesGiven(wave: Wave, before: ExecutionRecord | undefined): number {
  return before?.wave?.services === namesIn(wave) ? before.wave.times + 1 : 1
}

function namesIn({ services }: Wave): string {
  return services.map(({ service }) => service).join(' ')
}

/**
 * The first plan of an execution says what there was to do; later ones must not count what it did as skipped. What they
 * leave alone for another reason, such as a service that somebody else has deployed meanwhile, is skipped as well.
 */
function startedWith(
  { counts, skipped }: Plan,
  before: ExecutionRecord | undefined,
): Pick<ExecutionRecord, 'counts' | 'recycled' | 'skipped' | 'failed'> {
  const reasons: ExecutionRecord['skipped'] = skipped.map(({ name, reason }) => ({ service: name, reason }))
  if (before) {
    const { counts, recycled, skipped, failed } = before
    const known = new Set([...recycled, ...[...skipped, ...failed].map(({ service }) => service)])
    // Of lists that were cut it is not known whom they had.
    const whole = [recycled, skipped, failed].every(({ length }) => length < maxNamed)
    const more = whole ? reasons.filter(({ service }) => !known.has(service)) : []
    return {
      counts: { ...counts, skipped: counts.skipped + more.length },
      recycled,
      skipped: [...skipped, ...more].slice(0, maxNamed),
      failed,
    }
  }
  const { candidates, stale } = counts
  return {
    counts: { candidates, stale, recycled: 0, skipped: skipped.length, failed: 0 },
    recycled: [],
    skipped: reasons.slice(0, maxNamed),
    failed: [],
  }
}

async function auditPlan(dependencies: PlannerDependencies, made: Plan, execution: string): Promise<void> {
  const { records } = dependencies
  const { labelChange, at, change } = made
  const { label, versionId, sequence } = labelChange
  const common = { at, change, execution, label, versionId, sequence }
  for (const wave of made.waves) {
    for (const { service } of wave.services) {
      const entry = { ...common, act: 'planned', service, wave: wave.number, reason: wave.name } as const
      await records.audit(labelChange.source, entry, `${execution}#${service}`)
    }
  }
  for (const { service, reason, text } of made.skipped) {
    await records.audit(
      labelChange.source,
      { ...common, act: 'skipped', service, reason, text },
      `${execution}#${service}`,
    )
  }
}
