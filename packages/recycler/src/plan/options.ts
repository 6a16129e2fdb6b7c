import {
  type Checks,
  checkOptions,
  checkValue,
  milliseconds,
  numberBetween,
  trueOrFalse,
  wholeNumber,
} from '@breakwater/circuit/shared'
import type { PlanOptions } from './types.ts'

const dayMs = 86_400_000

/** One check for each option of a plan. */
export const planChecks: Checks<PlanOptions> = {
  optIn: trueOrFalse,
  quietPeriodMs: numberBetween(0, dayMs),
  maximumWaitMs: numberBetween(0, dayMs),
  canaries: wholeNumber(0, 1_000),
  waveSize: wholeNumber(1, 1_000),
  deploymentTimeoutMs: milliseconds,
}

/**
 * Checks options and fills in the defaults. The maximum wait is at least the quiet period.
 *
 * @throws TypeError naming the option, the value and what is allowed.
 */
export function checkPlanOptions(options: PlanOptions = {}): Required<PlanOptions> {
  checkOptions('plan', options, planChecks)
  const { optIn = true, quietPeriodMs = 60_000, canaries = 1, waveSize = 10 } = options
  const { deploymentTimeoutMs = 1_800_000 } = options
  const { maximumWaitMs = Math.max(900_000, quietPeriodMs) } = options
  checkMaximumWait('plan', { quietPeriodMs, maximumWaitMs })
  return { optIn, quietPeriodMs, maximumWaitMs, canaries, waveSize, deploymentTimeoutMs }
}

/** The maximum wait, where one is given, is at least the quiet period. */
export function checkMaximumWait(
  owner: string,
  { quietPeriodMs = 60_000, maximumWaitMs }: PlanOptions,
): void {
  const allowed = `a number from ${quietPeriodMs} (quietPeriodMs) to ${dayMs}`
  checkValue(owner, 'maximumWaitMs', maximumWaitMs, { ...numberBetween(quietPeriodMs, dayMs), allowed })
}
