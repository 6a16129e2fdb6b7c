import { renderPlan } from '../plan/render.ts'
import type { Plan, Wave } from '../plan/types.ts'
import { type ExecutionRecord, mostTold, type Told } from '../records/codecs.ts'
import type { PlannerParts } from './planner-options.ts'

const mostPlanLines = 400

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
export async function recordPlan(parts: PlannerParts, plan: PlanToRecord): Promise<void> {
  const { records } = parts
  const { execution, made, wave, dryRun, before } = plan
  const { change, move } = made
  const record: ExecutionRecord = {
    change,
    secret: move.source,
    label: move.label,
    versionId: move.versionId,
    ...startedWith(made, before),
    ...(dryRun && { plan: renderPlan(made).slice(0, mostPlanLines) }),
    ...(wave && { wave: { services: namesIn(wave), times: timesGiven(wave, before) } }),
  }
  await records.saveExecution(execution, record)
  if (!before) await auditPlan(parts, made, execution)
}

/** How often a wave has been given out in a row, this time included. */
export function timesGiven(wave: Wave, before: ExecutionRecord | undefined): number {
  return before?.wave?.services === namesIn(wave) ? before.wave.times + 1 : 1
}

function namesIn({ services }: Wave): string {
  return services.map(({ service }) => service).join(' ')
}

/** The first plan of an execution says what there was to do; later ones must not count what it did as skipped. */
function startedWith(
  { counts, skipped }: Plan,
  before: ExecutionRecord | undefined,
): Pick<ExecutionRecord, 'counts' | 'recycled' | 'skipped' | 'failed'> {
  if (before) {
    const { counts, recycled, skipped, failed } = before
    return { counts, recycled, skipped, failed }
  }
  const { candidates, stale } = counts
  const told: Told[] = skipped.map(({ name, reason }) => ({ service: name, reason }))
  return {
    counts: { candidates, stale, recycled: 0, skipped: skipped.length, failed: 0 },
    recycled: [],
    skipped: told.slice(0, mostTold),
    failed: [],
  }
}

async function auditPlan(parts: PlannerParts, made: Plan, execution: string): Promise<void> {
  const { records } = parts
  const { move, at, change } = made
  const { label, versionId, sequence } = move
  const common = { at, change, execution, label, versionId, sequence }
  for (const wave of made.waves) {
    for (const { service } of wave.services) {
      const entry = { ...common, act: 'planned', service, wave: wave.number, reason: wave.name } as const
      await records.audit(move.source, entry, `${execution}#${service}`)
    }
  }
  for (const { service, reason, text } of made.skipped) {
    await records.audit(
      move.source,
      { ...common, act: 'skipped', service, reason, text },
      `${execution}#${service}`,
    )
  }
}
