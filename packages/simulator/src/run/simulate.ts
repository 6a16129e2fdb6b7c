import type { Policy } from '@breakwater/circuit'
import { anObject, checkOptions, count, objectWith, required, trueOrFalse } from '@breakwater/circuit/shared'
import type { BreakerFactory } from '../fleet/breaker.ts'
import { atLeast0 } from '../fleet/dependency-options.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { RunResult } from './result.ts'
import { Simulation } from './simulation.ts'

/** Options of one run. */
export interface SimulateOptions {
  /** The same scenario, size and seed give the same run. */
  readonly seed: number
  /** Environments at the start. */
  readonly size: number
  /** A custom circuit breaker in place of Breakwater's. @default Breakwater */
  readonly breaker?: BreakerFactory | undefined
  /** Options that replace those of the scenario's policy. */
  readonly policy?: Policy
  /** Record the state of each environment over time, for a report. @default false */
  readonly detail?: boolean
}

/**
 * Runs a scenario once: the real circuit over the real store in every environment, in virtual time. Violated invariants
 * are in the result, not thrown.
 *
 * @throws TypeError for a bad option.
 * @example
 * const run = await simulate(findScenario('outage'), { seed: 1, size: 100 })
 * console.log(run.measures.reachedWhileDown, run.violations)
 */
export async function simulate(scenario: Scenario, options: SimulateOptions): Promise<RunResult> {
  checkOptions('simulate', options, {
    seed: required(atLeast0),
    size: required(count),
    breaker: objectWith('a BreakerFactory', 'create'),
    policy: anObject,
    detail: trueOrFalse,
  })
  return new Simulation(scenario, options).run()
}
