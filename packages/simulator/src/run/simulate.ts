import { anObject, checkOptions, count, objectWith, required, trueOrFalse } from '@breakwater/circuit/shared'
import { atLeast0 } from '../fleet/dependency-options.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { RunResult } from './result.ts'
import { type SimulateOptions, Simulation } from './simulation.ts'

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
