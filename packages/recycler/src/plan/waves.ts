import { chunksOf } from '../concurrency.ts'
import type { LabelChange, ServiceFacts } from '../model.ts'
import { staleSince } from './staleness.ts'
import { type Settings, settingTags } from './tags.ts'
import { compare, duration } from './text.ts'
import type { Plan, PlannedService, PlanOptions, Wave } from './types.ts'
import { nextOpening } from './window.ts'

/**
 * When a service may be recycled: once none of what it reads has moved for the quiet period, or at the end of the maximum
 * wait, so that many changes make one recycle and none is put off for ever. Then its delay, then its window.
 *
 * @param unserved label changes by which the service is stale, at least one.
 * @param createdAt when its primary deployment began.
 */
export function schedule(
  unserved: readonly LabelChange[],
  createdAt: number,
  { delayMs, window }: Settings,
  { quietPeriodMs, maximumWaitMs }: Required<PlanOptions>,
  now: number,
): Pick<PlannedService, 'notBefore' | 'waiting'> {
  const last = Math.max(...unserved.map(({ movedAt }) => movedAt))
  const first = Math.min(...unserved.map(labelChange => staleSince(createdAt, labelChange)))
  const quietAt = Math.min(last + quietPeriodMs, first + maximumWaitMs)
  const delayedAt = quietAt + delayMs
  const notBefore = window ? nextOpening(window, Math.max(delayedAt, now)) : delayedAt
  if (notBefore <= now) return { notBefore }
  if (window && notBefore > delayedAt) return { notBefore, waiting: 'its maintenance window opens' }
  if (delayMs > 0) return { notBefore, waiting: `its delay of ${duration(delayMs)} is over` }
  return { notBefore, waiting: 'the quiet period is over, as more may change' }
}

/** A service that is to be recycled, and what decides on its position. */
export interface WaveMember {
  readonly planned: PlannedService
  readonly facts: Pick<ServiceFacts, 'circuitBreaker' | 'desired' | 'taskDefinition'>
  readonly settings: Pick<Settings, 'wave' | 'canary'>
}

type Order = (one: WaveMember, other: WaveMember) => number

const byName: Order = ({ planned: one }, { planned: other }) =>
  compare(one.name, other.name) || compare(one.service, other.service)

/** The least risk first. */
const byRisk: Order = (one, other) =>
  compare(Number(other.settings.canary), Number(one.settings.canary)) ||
  compare(Number('waitsFor' in one.planned), Number('waitsFor' in other.planned)) ||
  compare(Number(other.facts.circuitBreaker), Number(one.facts.circuitBreaker)) ||
  compare(one.settings.wave, other.settings.wave) ||
  compare(one.facts.desired, other.facts.desired) ||
  byName(one, other)

const byTurn: Order = (one, other) =>
  compare(one.settings.wave, other.settings.wave) ||
  compare(one.planned.notBefore, other.planned.notBefore) ||
  byName(one, other)

/** Name of the wave that comes first, and alone. */
const canaryName = 'canary'

/** Orders services: the canary, then by the number on their tags, in waves of limited size. */
export function wavesOf(
  members: readonly WaveMember[],
  { canaries, waveSize }: Required<PlanOptions>,
  canaryDone: boolean,
  now: number,
): readonly Wave[] {
  // No service waits for a canary whose window opens on Saturday.
  const firstAt = Math.max(now, Math.min(...members.map(({ planned }) => planned.notBefore)))
  const canary = members
    .filter(({ planned }) => planned.notBefore <= firstAt)
    .sort(byRisk)
    .slice(0, canaryDone ? 0 : Math.min(canaries, waveSize))
  const rest = members.filter(member => !canary.includes(member)).sort(byTurn)
  const named = [...new Set(rest.map(numberOf))].flatMap(number => {
    const parts = chunksOf(
      rest.filter(member => numberOf(member) === number),
      waveSize,
    )
    return parts.map((part, index) => ({ name: nameOf(number, index + 1, parts.length), members: part }))
  })
  return [...(canary.length > 0 ? [{ name: canaryName, members: canary }] : []), ...named].map(
    ({ name, members }, index) => ({
      number: index + 1,
      name,
      notBefore: Math.min(...members.map(({ planned }) => planned.notBefore)),
      services: members.map(({ planned }) => planned),
    }),
  )
}

const numberOf = ({ settings }: WaveMember) => settings.wave

function nameOf(number: number, part: number, parts: number): string {
  const group = number === 0 ? 'default' : `tagged ${settingTags.wave}=${number}`
  return parts > 1 ? `${group}, part ${part} of ${parts}` : group
}

/** What to do at a time: recycle the services of this wave, or ask again. */
export type Due =
  | { readonly wave: Wave; readonly waitUntil?: never }
  /** Epoch ms. */
  | { readonly waitUntil: number; readonly wave?: never }

/**
 * The first wave whose time has come, with those of its services whose time has come; else when that will be. Nothing
 * comes before the canary. Plan anew after each wave: what was recycled is fresh then, and waves form again.
 *
 * @param now epoch ms.
 * @returns undefined where nothing is left to do.
 * @example
 * const due = dueWave(plan, clock.now())
 * if (due?.wave) await recycle(due.wave.services)
 */
export function dueWave({ waves }: Plan, now: number): Due | undefined {
  const [first] = waves
  if (!first) return undefined
  const open = first.name === canaryName ? [first] : waves
  const isDue = ({ notBefore }: PlannedService) => notBefore <= now
  for (const wave of open) {
    const services = wave.services.filter(isDue)
    if (services.length > 0) return { wave: { ...wave, services } }
  }
  return { waitUntil: Math.min(...open.map(({ notBefore }) => notBefore)) }
}
