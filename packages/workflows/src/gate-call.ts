import type { Json, TaskWork } from './definition.ts'
import { expression, input } from './expression.ts'
import { guardVariable } from './names.ts'
import type { Resolved } from './options.ts'
import { lambdaRetry } from './retry.ts'

/** Longest time the gate function may take, in seconds. */
const gateTimeoutSeconds = 5

/** A gate that is away is not waited for: one more attempt, within a second. */
const gateRetry = [{ ...lambdaRetry, MaxAttempts: 1, MaxDelaySeconds: 1 }]

/** A call of the gate function for a task's circuit, which hands the input of the state on. */
export function gateCall({ name, gate, partition }: Resolved, request: Readonly<Record<string, Json>>) {
  const variable = guardVariable(name)
  const about = { circuit: expression(`$${variable}.circuit`) }
  const token = request.action === 'record' && { token: expression(`$${variable}.token`) }
  return {
    Type: 'Task',
    Resource: `arn:${partition}:states:::lambda:invoke`,
    Arguments: { FunctionName: gate, Payload: { ...request, ...about, ...token } },
    TimeoutSeconds: gateTimeoutSeconds,
    Retry: gateRetry,
    Output: input,
  } as const satisfies TaskWork & Record<string, unknown>
}
