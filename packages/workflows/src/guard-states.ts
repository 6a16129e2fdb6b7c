import { keyOf, parts } from '@breakwater/dynamodb/schema'
import { type Decision, decisionOf, nowhere } from './decision.ts'
import type { ChoiceState, FailState, Json, Retrier, TaskState, TaskWork } from './definition.ts'
import { expression, input, inside, isExpression } from './definition.ts'
import { circuitOpenError, guardedStateNames, guardVariable } from './names.ts'
import type { Resolved } from './options.ts'
import { lambdaRetry, never, worstCase } from './retry.ts'

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

/** Longest time the read of a circuit may take, in seconds. */
const checkTimeoutSeconds = 2

/** Reads the circuit and decides; one that cannot be read lets the task run, at once. */
export function checkState({ name, circuit, table, partition, policy }: Resolved): TaskState {
  const names = guardedStateNames(name)
  const variable = guardVariable(name)
  const unguarded = {
    // A name that is none fails the execution: that is a mistake in the definition, or in its input.
    circuit: isExpression(circuit)
      ? expression(
          `($name := ${inside(circuit)}; $type($name) = 'string' ? $name : $error('circuit is no text'))`,
        )
      : circuit,
    decision: 'run' satisfies Decision,
    token: { generation: nowhere, startedAt: expression('$millis()') },
  }
  return {
    Type: 'Task',
    Comment: 'State and override of the circuit in one read; where that fails, the task runs unguarded',
    Resource: `arn:${partition}:states:::aws-sdk:dynamodb:batchGetItem`,
    Arguments: {
      RequestItems: { [table]: { Keys: [keyOf(circuit, parts.state), keyOf(circuit, parts.control)] } },
    },
    TimeoutSeconds: checkTimeoutSeconds,
    Retry: [never],
    Catch: [
      { ErrorEquals: ['States.ALL'], Assign: { [variable]: unguarded }, Output: input, Next: names.task },
    ],
    Assign: { [variable]: decisionOf(circuit, policy) },
    Output: input,
    Next: names.decide,
  }
}

/** Goes where the decision says. */
export function decideState({ name, fallback }: Resolved): ChoiceState {
  const names = guardedStateNames(name)
  const variable = guardVariable(name)
  const on = (decision: Decision) => `$${variable}.decision = '${decision}'`
  return {
    Type: 'Choice',
    Choices: [
      { Condition: expression(on('run')), Next: names.task },
      { Condition: expression(on('record')), Next: names.watched },
      { Condition: expression(on('acquire')), Next: names.acquire },
      ...(fallback?.when ? [{ Condition: fallback.when, Next: fallback.next }] : []),
    ],
    Default: fallback && !fallback.when ? fallback.next : names.rejected,
  }
}

/** Asks the gate for a permit. Its answer is a decision again; a gate that fails, or answers nonsense, lets the task run. */
export function acquireState(resolved: Resolved): TaskState {
  const { name, task, retry, policy } = resolved
  const names = guardedStateNames(name)
  const variable = guardVariable(name)
  const answer = '$states.result.Payload'
  const rejected = [
    `'decision': 'reject'`,
    `'reason': $type(${answer}.reason) = 'string' ? ${answer}.reason : 'half-open'`,
    `'retryAfterMs': $type(${answer}.retryAfterMs) = 'number' ? ${answer}.retryAfterMs : ${policy.refreshMs}`,
  ].join(', ')
  const admitted = `'decision': 'record', 'token': ${answer}.token`
  return {
    ...gateCall(resolved, {
      action: 'acquire',
      timeoutMs: longestMs(task.TimeoutSeconds, retry, policy.probeLeaseMs),
    }),
    Comment: 'A permit to probe, of which the whole fleet has only so many',
    Catch: [
      {
        ErrorEquals: ['States.ALL'],
        Assign: { [variable]: expression(`$merge([$${variable}, {'decision': 'run'}])`) },
        Output: input,
        Next: names.task,
      },
    ],
    Assign: {
      [variable]: expression(
        `$merge([$${variable}, ${answer}.admitted = false ? {${rejected}} : {${admitted}}])`,
      ),
    },
    Next: names.decide,
  }
}

/** How long the task may take with all its attempts, in ms; more than a lease lasts is nothing to ask for. */
function longestMs(TimeoutSeconds: number | string, retry: readonly Retrier[], probeLeaseMs: number): Json {
  const { runs, waits } = worstCase(retry)
  const waitsMs = Math.ceil(1_000 * waits)
  if (typeof TimeoutSeconds === 'number') {
    return Math.min(probeLeaseMs, TimeoutSeconds * 1_000 * runs + waitsMs)
  }
  return expression(`$min([${probeLeaseMs}, ${inside(TimeoutSeconds)} * ${1_000 * runs} + ${waitsMs}])`)
}

/** Tells the gate that the task worked. What the task brought goes on, whatever the gate says. */
export function successState(resolved: Resolved): TaskState {
  const { name, next } = resolved
  const call = gateCall(resolved, { action: 'record', outcome: { ok: true } })
  const caught = (Next: string) => [{ ErrorEquals: ['States.ALL'], Output: input, Next }]
  if (next === undefined) return { ...call, Catch: caught(guardedStateNames(name).done), End: true }
  return { ...call, Catch: caught(next), Next: next }
}

/** The named error of an open circuit. */
export function rejectedState(name: string): FailState {
  const variable = guardVariable(name)
  const cause = ['circuit', 'reason', 'retryAfterMs'].map(key => `'${key}': $${variable}.${key}`)
  return { Type: 'Fail', Error: circuitOpenError, Cause: expression(`$string({${cause.join(', ')}})`) }
}
