import { invalid } from '@breakwater/circuit/shared'
import type { PlanOptions } from './types.ts'

const known = ['optIn', 'quietPeriodMs', 'maximumWaitMs', 'canaries', 'waveSize']
const dayMs = 86_400_000

/**
 * Checks options and fills in the defaults. The maximum wait is at least the quiet period.
 *
 * @throws TypeError naming the option, the value and what is allowed.
 * @example
 * const { waveSize } = checkPlanOptions({ quietPeriodMs: 120_000 })
 */
export function checkPlanOptions(options: PlanOptions = {}): Required<PlanOptions> {
  if (typeof options !== 'object' || options === null) throw invalid('options', options, 'an object')
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw invalid('option', name, known.join(', '))
  }
  const { optIn = true, quietPeriodMs = 60_000, canaries = 1, waveSize = 10 } = options
  if (typeof optIn !== 'boolean') throw invalid('optIn', optIn, 'true or false')
  within('quietPeriodMs', quietPeriodMs, 0, dayMs)
  const { maximumWaitMs = Math.max(900_000, quietPeriodMs) } = options
  within('maximumWaitMs', maximumWaitMs, quietPeriodMs, dayMs)
  within('canaries', canaries, 0, 1_000)
  within('waveSize', waveSize, 1, 1_000)
  return { optIn, quietPeriodMs, maximumWaitMs, canaries, waveSize }
}

function within(name: string, value: unknown, least: number, max: number): void {
  const whole = name.endsWith('Ms') ? '' : 'whole '
  const good = typeof value === 'number' && value >= least && value <= max
  if (good && (!whole || Number.isInteger(value))) return
  const quiet = name === 'maximumWaitMs' ? ' (quietPeriodMs)' : ''
  throw invalid(name, value, `a ${whole}number from ${least}${quiet} to ${max}`)
}
