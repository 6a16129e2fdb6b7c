import jsonata from 'jsonata'
import type { Json } from './definition.ts'
import { isExpression } from './definition.ts'

/** The variables, the time and the randomness of an evaluation. */
export interface EvaluationContext {
  readonly states?: unknown
  readonly variables?: Readonly<Record<string, unknown>>
  readonly now?: number
  readonly random?: number
}

/** Evaluates a field of a state as Step Functions does: every text `{% … %}` in it, with `$states` and the variables. */
export async function evaluate(template: Json, scene: EvaluationContext): Promise<unknown> {
  if (typeof template === 'string') return isExpression(template) ? evaluateOne(template, scene) : template
  if (typeof template !== 'object' || template === null) return template
  if (Array.isArray(template)) return Promise.all(template.map(one => evaluate(one, scene)))
  const entries = Object.entries(template).map(
    async ([key, value]) => [key, await evaluate(value, scene)] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

async function evaluateOne(
  template: string,
  { states, variables, now = 0, random = 0.5 }: EvaluationContext,
) {
  const compiled = jsonata(template.slice(2, -2))
  compiled.registerFunction('millis', () => now)
  compiled.registerFunction('random', () => random)
  const result = await compiled.evaluate(undefined, { states, ...variables })
  if (result === undefined) throw new Error(`States.QueryEvaluationError: nothing from ${template}`)
  return JSON.parse(JSON.stringify(result))
}
