import { escapeControls } from '@breakwater/circuit/shared'
import { counted, duration, utc } from './text.ts'
import type { Plan, PlannedService, Skipped, Wave } from './types.ts'

/**
 * A plan in lines for people: what moved and when, what will be done when and why, what to know before, and what is left
 * alone and why. All times are UTC.
 *
 * @example
 * for (const line of renderPlan(plan(input))) console.log(line)
 */
export function renderPlan(plan: Plan): string[] {
  const { waves, warnings, skipped, at, change } = plan
  const holding = skipped.filter(({ stale }) => stale)
  const others = skipped.filter(({ stale }) => !stale)
  const lines = [
    headOf(plan),
    `Planned at ${utc(at)}, ${duration(at - plan.labelChange.movedAt)} later, as change ${change}.`,
    countsOf(plan),
    ...waves.flatMap(wave => waveLines(wave, plan)),
    ...section('Warnings', warnings),
    ...section('Left alone, though the old version is still in use', holding.map(skippedLine)),
    ...section('Left alone', others.map(skippedLine)),
  ]
  return lines.map(escapeControls)
}

function headOf({ labelChange }: Plan): string {
  const { kind, name, label, versionId, movedAt, bound } = labelChange
  const what =
    kind === 'parameter'
      ? `Parameter ${name} got version ${versionId}`
      : `Secret ${name}: ${label} moved to version ${versionId}`
  return bound === 'exact' ? `${what} at ${utc(movedAt)}.` : `${what}, at the latest at ${utc(movedAt)}.`
}

function countsOf({ counts, waves }: Plan): string {
  const { candidates, stale, planned, skipped } = counts
  if (candidates === 0) return 'Nothing found that reads it: nothing to do.'
  const left = stale - planned
  const needless = skipped - left
  const parts = [
    planned > 0
      ? `${planned} will be recycled, in ${counted(waves.length, 'wave')}`
      : 'none will be recycled',
    left > 0 &&
      `${left} ${left === 1 ? 'holds' : 'hold'} the old version and will be left alone all the same`,
    needless > 0 && `${needless} ${needless === 1 ? 'is' : 'are'} left alone for the reasons below`,
  ]
  return `${counted(candidates, 'reader')} found: ${parts.filter(Boolean).join('; ')}.`
}

function waveLines(wave: Wave, plan: Plan): string[] {
  const { number, name, notBefore, services } = wave
  const when = notBefore <= plan.at ? 'at once' : `from ${whenFrom(notBefore, plan)}`
  const head = `Wave ${number} of ${plan.waves.length} (${name}), ${when}: ${counted(services.length, 'service')}`
  return [head, ...services.flatMap(service => serviceLines(service, wave, plan))]
}

function serviceLines(service: PlannedService, wave: Wave, plan: Plan): string[] {
  const { name, deployment, references, waitsFor, alsoServes, notBefore, waiting, warnings } = service
  const { id, createdAt } = deployment
  const atAnother = (at: number) => (at === wave.notBefore ? '' : `: ${whenFrom(at, plan)}`)
  return [
    `  ${name} holds the old version: deployment ${id} began at ${utc(createdAt)}, ${sinceMove(service, plan)}`,
    `    reads it in ${references.join(', ')}`,
    ...(waiting ? [`    waits until ${waiting}${atAnother(notBefore)}`] : []),
    ...(waitsFor ? [`    waits until deployment ${waitsFor} is over, which is under way`] : []),
    ...alsoServes.map(source => `    gets the change of ${source} as well`),
    ...warnings.map(warning => `    ! ${warning}`),
  ]
}

function sinceMove({ deployment, olderTasks = 0 }: PlannedService, { labelChange }: Plan): string {
  const ms = deployment.createdAt - labelChange.movedAt
  if (ms < 0) return `${duration(-ms)} before the label moved`
  // Times of events have whole seconds.
  if (ms < 1_000) return 'in the very second in which the label moved'
  if (olderTasks === 0) return 'after the label moved, and failed'
  return `after the label moved, and ${counted(olderTasks, 'task')} of before ${olderTasks === 1 ? 'runs' : 'run'} beside it`
}

const whenFrom = (at: number, plan: Plan) => `${utc(at)}, in ${duration(at - plan.at)}`

const skippedLine = ({ name, reason, text }: Skipped) => `${name} (${reason}): ${text}`

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [`${title}:`, ...lines.map(line => `  ${line}`)] : []
}
