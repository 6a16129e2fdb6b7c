import type { ServiceFacts } from '../model.ts'
import { partsOf } from '../parts-of.ts'
import { type Settings, settingTags } from './settings.ts'
import type { PlannedService, PlanOptions, Wave } from './types.ts'
import { compare } from './words.ts'

/** A service that is to be recycled, and what decides on its place. */
export interface Place {
  readonly planned: PlannedService
  readonly facts: Pick<ServiceFacts, 'circuitBreaker' | 'desired'>
  readonly settings: Pick<Settings, 'wave' | 'canary'>
}

type Order = (one: Place, other: Place) => number

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
export const canaryName = 'canary'

/** Orders services: the canary, then by the number on their tags, in waves of limited size. */
export function wavesOf(
  places: readonly Place[],
  { canaries, waveSize }: Required<PlanOptions>,
  canaryDone: boolean,
  now: number,
): readonly Wave[] {
  // Nobody waits for a canary whose window opens on Saturday, while others could go ahead.
  const firstAt = Math.max(now, Math.min(...places.map(({ planned }) => planned.notBefore)))
  const canary = places
    .filter(({ planned }) => planned.notBefore <= firstAt)
    .sort(byRisk)
    .slice(0, canaryDone ? 0 : Math.min(canaries, waveSize))
  const rest = places.filter(place => !canary.includes(place)).sort(byTurn)
  const named = [...new Set(rest.map(numberOf))].flatMap(number => {
    const parts = partsOf(
      rest.filter(place => numberOf(place) === number),
      waveSize,
    )
    return parts.map((part, index) => ({ name: nameOf(number, index + 1, parts.length), places: part }))
  })
  return [...(canary.length > 0 ? [{ name: canaryName, places: canary }] : []), ...named].map(
    ({ name, places }, index) => ({
      number: index + 1,
      name,
      notBefore: Math.min(...places.map(({ planned }) => planned.notBefore)),
      services: places.map(({ planned }) => planned),
    }),
  )
}

const numberOf = ({ settings }: Place) => settings.wave

function nameOf(number: number, part: number, parts: number): string {
  const group = number === 0 ? 'default' : `tagged ${settingTags.wave}=${number}`
  return parts > 1 ? `${group}, part ${part} of ${parts}` : group
}
