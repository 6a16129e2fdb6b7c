import { systemClock } from '@breakwater/circuit'
import { invalid } from '@breakwater/circuit/shared'
import { defaultLabel, type LabelChange, type LabelChangeRef, type Source } from '../model.ts'
import { changeIdOf } from '../observe/label-change.ts'
import { lookUp } from '../observe/look-up.ts'
import { plan } from '../plan/plan.ts'
import type { Plan, Skipped, Wave } from '../plan/types.ts'
import { dueWave } from '../plan/waves.ts'
import {
  type Ending,
  type PlanAnswer,
  type PlanRequest,
  type Target,
  unknownSourceError,
} from '../workflow/protocol.ts'
import { claim, ensureRun } from './executions.ts'
import { dated, discovered, factsOf } from './plan-facts.ts'
import type { PlannerDependencies } from './planner-options.ts'
import { recordPlan, timesGiven } from './record-plan.ts'

/** After so many services or polls an execution hands over to another: a history holds 25,000 events, a poll is nine. */
const handoverAfter = { recycled: 150, polls: 750 } as const
/** So often the same wave is given out in a row; after that nothing would ever come of it. */
const maxRepeats = 5
/** What stops it, or a new tag, is seen at the latest after so long. */
const maxWaitMs = 3_600_000
/** Services whose ARNs travel through the workflow, whose states may hold 256 KiB. */
const maxRemaining = 1_000

/**
 * Says what an execution is to do next, by the facts of this moment: nothing is remembered but what cannot be looked up.
 *
 * @throws UnknownSourceError for a secret or parameter that is not there; a plain TypeError once it was.
 */
export async function nextStep(dependencies: PlannerDependencies, request: PlanRequest): Promise<PlanAnswer> {
  const { records, executions, options = {}, clock = systemClock } = dependencies
  const { execution, input, recycled, polls = 0, services: only } = request
  const { secretId, label, sequence } = input
  const { labelChange, source } = await lookUp(dependencies, {
    secretId,
    ...(label !== undefined && { label }),
  })
  if (!labelChange) throw await notThere(dependencies, request, source)
  const change = changeIdOf(labelChange)
  // All services are looked at anew, unless an answer says otherwise.
  const common = {
    change,
    labelChange: { ...refOf(labelChange), movedAt: labelChange.movedAt },
    remaining: null,
  }
  const over = (ending: Ending): PlanAnswer => ({ ...common, next: 'over', ending })
  const dryRun = (options.dryRun ?? true) || input.dryRun === true

  if (sequence !== undefined && sequence < labelChange.sequence) {
    await ensureRun(dependencies, labelChange)
    return { ...over('superseded'), change: changeIdOf({ ...labelChange, sequence }) }
  }
  if (!dryRun) {
    if (await records.killSwitch.status()) return over('stopped')
    const claimed = await claim(
      { records, executions, clock },
      { labelChange, execution, byHand: sequence === undefined },
    )
    if (!claimed.mine) return over(claimed.ending)
  }

  const discovery = await discovered(dependencies, only)
  const facts = await factsOf(dependencies, labelChange, discovery, await records.labelChanges())
  const { value: run } = await records.run(change)
  const found = { ...facts, options: planOptionsOf(options), canaryDone: run?.canaryDone ?? false }
  const made = plan(await dated(dependencies, found))
  const before = await records.execution(execution)
  const due = dryRun ? undefined : dueWave(made, clock.now())
  const wave = due && 'wave' in due ? due.wave : undefined
  await recordPlan(dependencies, { execution, made, wave, dryRun, before })
  if (dryRun) return over('dry-run')
  if (!due) {
    const stuck = stuckIn(made)
    if (stuck.length === 0) return over('finished')
    // All others are done. An all-clear is not said of what was not seen.
    await records.failRun(
      change,
      stuck
        .map(({ name, text }) => `${name}: ${text}`)
        .join(' ')
        .slice(0, 1_000),
    )
    return over('failed')
  }
  if (!wave) {
    const { waitUntil } = due as { waitUntil: number }
    const waitMs = Math.min(Math.max(waitUntil - clock.now(), 1_000), maxWaitMs)
    const why = `the next wave is due at ${new Date(waitUntil).toISOString()}`
    return { ...common, next: 'wait', seconds: Math.ceil(waitMs / 1_000), why }
  }
  if (timesGiven(wave, before) > maxRepeats) {
    await records.failRun(change, `wave ${wave.number} came to nothing ${maxRepeats} times`)
    return over('failed')
  }
  if (recycled >= handoverAfter.recycled || polls >= handoverAfter.polls) {
    await records.changeRun(change, now =>
      now.execution === execution ? { ...now, status: 'handed-over' } : undefined,
    )
    return { ...common, next: 'handover', input: { ...input, sequence: labelChange.sequence } }
  }
  const services = await beginWave(dependencies, { wave, made, execution })
  const { number, name } = wave
  return { ...common, next: 'wave', wave: { number, name, services }, remaining: remainingOf(made) }
}

function stuckIn({ skipped }: Pick<Plan, 'skipped'>): readonly Skipped[] {
  return skipped.filter(({ reason }) => reason === 'stuck')
}

/** Puts on record that a wave begins; answers its services as they travel through the workflow. */
async function beginWave(
  { records, clock = systemClock }: PlannerDependencies,
  { wave, made, execution }: { readonly wave: Wave; readonly made: Plan; readonly execution: string },
): Promise<Target[]> {
  const services = wave.services.map(({ cluster, service, name, deployment, byTasks }) => ({
    cluster,
    service,
    name,
    ...(byTasks && { deployment: deployment.id }),
  }))
  await records.audit(made.labelChange.source, {
    at: clock.now(),
    act: 'wave-begun',
    change: made.change,
    execution,
    wave: wave.number,
    text: `${wave.name}: ${services.map(({ name }) => name).join(', ')}`.slice(0, 1_000),
  })
  return services
}

/** The error for a secret that is not there, or has no such label: bad input, unless there was a plan, and the secret has gone since. */
async function notThere(
  { records }: PlannerDependencies,
  { execution, input: { secretId, label } }: PlanRequest,
  source: Source | undefined,
): Promise<TypeError> {
  const error = source
    ? invalid(
        'label',
        label ?? defaultLabel[source.kind],
        `one that ${source.name} has: ${Object.keys(source.labels).join(', ')}`,
      )
    : invalid('secretId', secretId, 'a secret or a parameter that is there, by ARN or name')
  const planned = (await records.execution(execution)) !== undefined
  return planned ? error : Object.assign(error, { name: unknownSourceError })
}

/** The options of a plan, out of all options. */
export function planOptionsOf(options: NonNullable<PlannerDependencies['options']>) {
  const { dryRun: _d, cloudTrail: _c, allowedAccounts: _a, ...rest } = options
  return rest
}

function refOf({ source, label, versionId, sequence }: LabelChange): LabelChangeRef {
  return { source, label, versionId, sequence }
}

/**
 * Services that are still to be recycled, or are stuck, so that the next plan need not look at all; null where that would be
 * too many.
 */
function remainingOf({ waves, skipped }: Plan): readonly string[] | null {
  const planned = waves.flatMap(wave => wave.services)
  const services = [...planned, ...stuckIn({ skipped })].map(({ service }) => service)
  const named = services.every(arn => arn.split('/').length === 3)
  return named && services.length <= maxRemaining ? services : null
}
