import type { Plan, PlannedService, Wave } from './types.ts'
import { canaryName } from './waves.ts'

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
