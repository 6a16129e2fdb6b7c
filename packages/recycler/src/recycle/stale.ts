import { invalid } from '@breakwater/circuit/shared'
import { renderPlan } from '../plan/render.ts'
import type { StaleAnswer, StaleRequest } from '../workflow/protocol.ts'
import type { PlannerDependencies } from './planner-options.ts'
import { survey } from './survey.ts'

/**
 * Says who holds an old version now, of one source or of all, and begins nothing.
 *
 * @throws TypeError naming what cannot be; StoreError; what the clients throw.
 */
export async function whoIsStale(
  dependencies: PlannerDependencies,
  request: StaleRequest,
): Promise<StaleAnswer> {
  const { secretId, label } = request
  for (const [name, value] of Object.entries({ secretId, label })) {
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw invalid(name, value, 'a text')
  }
  if (label !== undefined && secretId === undefined)
    throw invalid('label', label, 'given with a secretId only')
  const { plans, problems } = await survey(dependencies, secretId === undefined ? undefined : request)
  const told = secretId === undefined ? plans.filter(({ counts }) => counts.stale > 0) : plans
  const none = plans.length === 0 ? 'Nothing was seen.' : 'No service holds an old version of what was seen.'
  return {
    stale: told.reduce((sum, { counts }) => sum + counts.stale, 0),
    plans: told,
    problems,
    text: [...(told.length > 0 ? told.flatMap(renderPlan) : [none]), ...problems],
  }
}
