import { systemClock } from '@breakwater/circuit'
import { invalid } from '@breakwater/circuit/shared'
import type { Move, ServedMove } from '../model.ts'
import { changeIdOf } from '../moves/index.ts'
import { dueWave, type Plan, plan, renderPlan, type Wave } from '../plan/index.ts'
import type { Ending, PlanAnswer, PlanRequest, RecycleInput } from '../workflow/protocol.ts'
import { changeRun, claim } from './claim.ts'
import {
  type ExecutionRecord,
  mostTold,
  readExecution,
  type Told,
  writeExecution,
} from './execution-record.ts'
import { discovered, factsOf } from './facts.ts'
import { lookUp } from './look-up.ts'
import type { PlannerParts } from './parts.ts'

/** After so many services an execution hands over to another: a history holds 25,000 events. */
const handoverAfter = 150
/** So often the same wave is given out in a row; after that nothing would ever come of it. */
const mostRepeats = 5
/** What stops it, or a new tag, is seen at the latest after so long. */
const longestWaitMs = 3_600_000
const mostPlanLines = 400
/** Services whose ARNs travel through the workflow, whose states may hold 256 KiB. */
const mostRemaining = 1_000

/**
 * Says what an execution is to do next, by what is so now: nothing is remembered but what cannot be looked up.
 *
 * @throws TypeError for a secret or parameter that is not there.
 */
export async function nextStep(parts: PlannerParts, request: PlanRequest): Promise<PlanAnswer> {
  const { records, executions, options = {}, clock = systemClock } = parts
  const { execution, input, recycled, services: only } = request
  const { secretId, label, sequence } = input
  const { move } = await lookUp(parts, { secretId, ...(label !== undefined && { label }) })
  if (!move) {
    throw invalid('secretId', secretId, 'the ARN or name of a secret that holds the label, or a parameter')
  }
  const change = changeIdOf(move)
  const served = { ...servedMoveOf(move), movedAt: move.movedAt }
  const over = (ending: Ending): PlanAnswer => ({
    next: 'over',
    ending,
    change,
    move: served,
    remaining: null,
  })
  const dryRun = (options.dryRun ?? true) || input.dryRun === true

  if (sequence !== undefined && sequence < move.sequence) {
    await ensureRun(parts, move)
    return { ...over('superseded'), change: changeIdOf({ ...move, sequence }) }
  }
  if (!dryRun) {
    if (await records.control()) return over('stopped')
    const claimed = await claim(
      { records, executions, clock },
      { move, execution, byHand: sequence === undefined },
    )
    if (!claimed.mine) return over(claimed.ending)
  }

  const discovery = await discovered(parts, only)
  const facts = await factsOf(parts, move, discovery, await records.moves())
  const { value: run } = await records.run(change)
  const made = plan({ ...facts, options: planOptionsOf(options), canaryDone: run?.canaryDone ?? false })
  const before = await readExecution(records.store, execution)
  const due = dryRun ? undefined : dueWave(made, clock.now())
  const wave = due && 'wave' in due ? due.wave : undefined
  const repeats = wave ? repeatsOf(wave, before) : undefined
  await writeExecution(
    records.store,
    execution,
    {
      change,
      secret: move.source,
      label: move.label,
      versionId: move.versionId,
      ...startedWith(made, before),
      ...(dryRun && { plan: renderPlan(made).slice(0, mostPlanLines) }),
      ...(repeats && { wave: repeats }),
    },
    clock.now(),
  )
  if (!before) await auditPlan(parts, made, execution)
  if (dryRun) return over('dry-run')
  if (!due) return over('finished')
  if (!wave) {
    const { waitUntil } = due as { waitUntil: number }
    const waitMs = Math.min(Math.max(waitUntil - clock.now(), 1_000), longestWaitMs)
    return {
      next: 'wait',
      seconds: Math.ceil(waitMs / 1_000),
      why: `the next wave is due at ${new Date(waitUntil).toISOString()}`,
      change,
      move: served,
      // Tags and deployments may be others by then.
      remaining: null,
    }
  }
  if (repeats && repeats.times > mostRepeats) {
    await records.failRun(change, `wave ${wave.number} came to nothing ${mostRepeats} times`)
    return over('failed')
  }
  if (recycled >= handoverAfter) {
    await changeRun(records, change, now =>
      now.execution === execution ? { ...now, status: 'handed-over' } : undefined,
    )
    return {
      next: 'handover',
      input: { ...input, sequence: move.sequence },
      change,
      move: served,
      remaining: null,
    }
  }
  const services = wave.services.map(({ cluster, service, name }) => ({ cluster, service, name }))
  await records.audit(move.source, {
    at: clock.now(),
    act: 'wave-begun',
    change,
    execution,
    wave: wave.number,
    text: `${wave.name}: ${services.map(({ name }) => name).join(', ')}`.slice(0, 1_000),
  })
  return {
    next: 'wave',
    wave: { number: wave.number, name: wave.name, services },
    change,
    move: served,
    remaining: remainingOf(made),
  }
}

/**
 * Starts the first execution for a change, unless a run is on record: duplicates start nothing, and one that died is
 * taken up by the reconcile.
 */
export async function ensureRun(
  { records, executions, options }: Pick<PlannerParts, 'records' | 'executions' | 'options'>,
  move: Move,
): Promise<'started' | 'exists'> {
  const change = changeIdOf(move)
  const { value: run } = await records.run(change)
  if (run) return 'exists'
  return executions.start(`${change}-${options?.dryRun === false ? 1 : 'dry'}`, inputOf(move))
}

/** What an execution for a move is started with: the same every time, as a name stands for an input. */
export function inputOf({ source, label, sequence }: Move): RecycleInput {
  return { secretId: source, label, sequence }
}

/** What of the options a plan is made by. */
export function planOptionsOf(options: NonNullable<PlannerParts['options']>) {
  const { dryRun: _d, deploymentTimeoutMs: _t, cloudTrail: _c, allowedAccounts: _a, ...rest } = options
  return rest
}

function servedMoveOf({ source, label, versionId, sequence }: Move): ServedMove {
  return { source, label, versionId, sequence }
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

/** Who is still to be recycled, so that the next plan need not look at everybody; null where that would be too many. */
function remainingOf({ waves }: Plan): readonly string[] | null {
  const services = waves.flatMap(wave => wave.services.map(({ service }) => service))
  const named = services.every(arn => arn.split('/').length === 3)
  return named && services.length <= mostRemaining ? services : null
}

function repeatsOf({ services }: Wave, before: ExecutionRecord | undefined) {
  const names = services.map(({ service }) => service).join(' ')
  return { services: names, times: before?.wave?.services === names ? before.wave.times + 1 : 1 }
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
