import { invalid } from '@breakwater/circuit/shared'
import type { EcsTiming } from './types.ts'

const usual: EcsTiming = { startMs: 500, stopMs: 500, steadyMs: 500, retryMs: 500 }

/** @throws TypeError naming the time that is wrong. */
export function timingOf(timing: Partial<EcsTiming> = {}): EcsTiming {
  for (const [name, ms] of Object.entries(timing)) {
    if (!Object.hasOwn(usual, name)) {
      throw invalid(`timing.${name}`, ms, `nothing: times are ${Object.keys(usual).join(', ')}`)
    }
    if (!(Number(ms) > 0)) throw invalid(`timing.${name}`, ms, 'a number of ms above 0')
  }
  return { ...usual, ...timing }
}
