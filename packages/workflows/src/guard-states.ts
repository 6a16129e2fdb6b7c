import { maxLeaseMs } from '@breakwater/circuit/shared'
import { type Key, keyIn, keyOf, partitions, parts } from '@breakwater/dynamodb/schema'
import { type Decision, decisionOf, uncountedGeneration } from './decision.ts'
import type { ChoiceState, FailState, Json, Retrier, TaskState, TaskWork } from './definition.ts'
import { expression, input, isExpression, jsonataOf } from './definition.ts'
import { circuitOpenError, guardedStateNames, guardVariable } from './names.ts'
import type { ResolvedOptions } from './options.ts'
import { lambdaRetry, noRetry, worstCase } from './retry.ts'

/** Time limit of a call of the gate function, in seconds. */
const gateTimeoutSeconds = 5

/** The task must not wait long for a gate that fails: one more attempt, within a second. */
const gateRetry = [{ ...lambdaRetry, MaxAttempts: 1, MaxDelaySeconds: 1 }]

/** A call of the gate function about a task's circuit. Its output is the input of the state. */
export function gateCall(
  { name, gate, partition }: ResolvedOptions,
  request: Readonly<Record<string, Json>>,
) {
  const variable = guardVariable(name)
  const subject = { circuit: expression(`$${variable}.circuit`) }
  const token = request.action === 'record' && { token: expression(`$${variable}.token`) }
  return {
    Type: 'Task',
    Resource: `arn:${partition}:states:::lambda:invoke`,
    Arguments: { FunctionName: gate, Payload: { ...request, ...subject, ...token } },
    TimeoutSeconds: gateTimeoutSeconds,
    Retry: gateRetry,
    Output: input,
  } as const satisfies TaskWork & Record<string, unknown>
}

/** Time limit of the read of a circuit, in seconds. */
const checkTimeoutSeconds = 2

/** JSONata for the name that an expression gives. What is no text would be the name of another circuit. */
function nameIn(circuit: string): string {
  return `($name := ${jsonataOf(circuit)}; $type($name) = 'string' ? $name : $error('circuit is no text'))`
}

/** The key of an item of a circuit, whose name may be an expression. */
function keyTo(kind: 'circuit' | 'control', circuit: string, part: string): Key {
  if (!isExpression(circuit)) return keyOf(kind, circuit, part)
  return keyIn(expression(`'${partitions[kind]}' & ${nameIn(circuit)}`), part)
}

/** Reads the circuit and decides. Where the circuit cannot be read, the task runs at once. */
export function checkState({ name, circuit, table, partition, policy }: ResolvedOptions): TaskState {
  const names = guardedStateNames(name)
  const variable = guardVariable(name)
  const unguarded = {
    // A bad name fails the execution: the definition or its input is wrong.
    circuit: isExpression(circuit) ? expression(nameIn(circuit)) : circuit,
    decision: 'run' satisfies Decision,
    token: { generation: uncountedGeneration, startedAt: expression('$millis()') },
  }
  return {
    Type: 'Task',
    Comment: 'State and override of the circuit in one read; where that fails, the task runs unguarded',
    Resource: `arn:${partition}:states:::aws-sdk:dynamodb:batchGetItem`,
    Arguments: {
      RequestItems: {
        [table]: { Keys: [keyTo('circuit', circuit, parts.state), keyTo('control', circuit, parts.control)] },
      },
    },
    TimeoutSeconds: checkTimeoutSeconds,
    Retry: [noRetry],
    Catch: [
      { ErrorEquals: ['States.ALL'], Assign: { [variable]: unguarded }, Output: input, Next: names.task },
    ],
    Assign: { [variable]: decisionOf(circuit, policy) },
    Output: input,
    Next: names.decide,
  }
}

/** Goes on as decided. */
export function decideState({ name, fallback }: ResolvedOptions): ChoiceState {
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

/** Asks the gate for a permit. Its answer is a decision again. Where the gate fails, or answers nonsense, the task runs. */
export function acquireState(resolved: ResolvedOptions): TaskState {
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
      timeoutMs: maxTaskMs(task.TimeoutSeconds, retry),
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

/** The time limit of the task with all its attempts and the waits between them, in ms, but no longer than any lease lasts. */
function maxTaskMs(TimeoutSeconds: number | string, retry: readonly Retrier[]): Json {
  const { runs, waits } = worstCase(retry)
  const waitsMs = Math.ceil(1_000 * waits)
  if (typeof TimeoutSeconds === 'number') {
    return Math.min(maxLeaseMs, TimeoutSeconds * 1_000 * runs + waitsMs)
  }
  return expression(`$min([${maxLeaseMs}, ${jsonataOf(TimeoutSeconds)} * ${1_000 * runs} + ${waitsMs}])`)
}

/** Reports the success of the task to the gate. The task's output goes on, whatever the gate answers. */
export function successState(resolved: ResolvedOptions): TaskState {
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
