import { type Policy, type ResolvedPolicy, resolvePolicy } from '@breakwater/circuit'
import { invalid } from '@breakwater/circuit/shared'
import type { Catcher, Retrier, State, TaskWork } from './definition.ts'
import { isExpression } from './definition.ts'
import { longestName } from './names.ts'
import { callsHttp, completed, httpRetry, lambdaRetry, runsLambda } from './retry.ts'

/** Options of `guardedTask`. */
export type GuardedTaskOptions = {
  /** Name of the task's state, and what the names of the states around it begin with. 1 to 61 characters. */
  readonly name: string
  /** Name of the circuit, or a JSONata expression of it over the task's input (`{% $states.input.tenant %}`). */
  readonly circuit: string
  /** Name or ARN of the circuit table; may be a CDK token or a `${Placeholder}`. */
  readonly table: string
  /** ARN of the gate function; may be a CDK token or a `${Placeholder}`. */
  readonly gate: string
  /** What to guard: Resource, Arguments, Output, Assign, HeartbeatSeconds, Credentials, and TimeoutSeconds (default 60). */
  readonly task: TaskWork
  /** The circuit's policy, the same as the gate function has; `recoveryMs`, `probes`, `refreshMs`, `openMs` and `probeLeaseMs` matter here. @default the defaults of a Circuit */
  readonly policy?: Policy
  /**
   * When to run the task again; `[]` for never. Attempts, waits, cap and jitter are filled in where left out, and
   * throttling by Lambda is added. @default `lambdaRetry` or `httpRetry`; other resources must say
   */
  readonly retry?: readonly Retrier[]
  /** Where to go on after errors of the task, once they are recorded. @default the fallback, or the same error */
  readonly catch?: readonly Catcher[]
  /**
   * Name of the state that answers instead, given the task's input, when the circuit rejects and after errors that
   * `catch` does not name; with `when` (an expression over the task's input) only where that is true.
   * @default the named error Breakwater.CircuitOpen, or the task's own error
   */
  readonly fallback?: string | { readonly next: string; readonly when: string }
  /** The partition that integrations are in. @default aws */
  readonly partition?: string
} & ({ readonly next: string; readonly end?: never } | { readonly end: true; readonly next?: never })

/** States to put into a machine, and the one to enter by. */
export interface GuardedTask {
  readonly startAt: string
  readonly states: Readonly<Record<string, State>>
}

/** Options with every default filled in. */
export type Resolved = Required<Omit<GuardedTaskOptions, 'policy' | 'fallback' | 'next' | 'end'>> & {
  readonly task: TaskWork & { readonly TimeoutSeconds: number | string }
  readonly policy: ResolvedPolicy
  readonly fallback: { readonly next: string; readonly when: string | undefined } | undefined
  /** Undefined where the task is the end. */
  readonly next: string | undefined
}

const known = 'name circuit table gate task policy retry catch fallback partition next end'.split(' ')
const taskFields =
  'Resource Arguments Output Assign TimeoutSeconds HeartbeatSeconds Credentials Comment'.split(' ')

/** The longest timeout a state may have, in seconds. */
const longestTimeout = 99_999_999

/**
 * Checks options and fills in the defaults.
 *
 * @throws TypeError naming the option, the value and what is allowed.
 */
export function resolve(options: GuardedTaskOptions): Resolved {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw invalid('option', name, known.join(', '))
  }
  const { name, circuit, table, gate, catch: catchers = [], partition = 'aws', next, end } = options
  text('name', name, longestName)
  text('circuit', circuit, typeof circuit === 'string' && isExpression(circuit) ? Infinity : 256)
  for (const [key, value] of Object.entries({ table, gate, partition })) text(key, value, 2_048)
  if ((next === undefined) === (end === undefined))
    throw invalid('next', next, 'a name of a state, or end: true')
  if (next === undefined && end !== true) throw invalid('end', end, 'true')
  if (next !== undefined) text('next', next, 80)
  const task = checkTask(options.task)
  return {
    name,
    circuit,
    table,
    gate,
    partition,
    next,
    task,
    policy: resolvePolicy(options.policy ?? {}),
    retry: completed(list('retry', options.retry ?? defaultRetry(task.Resource)), task.Resource),
    catch: list('catch', catchers),
    fallback: checkFallback(options.fallback),
  }
}

function checkTask(task: TaskWork): Resolved['task'] {
  if (typeof task !== 'object' || task === null)
    throw invalid('task', task, `an object with ${taskFields.join(', ')}`)
  for (const name of Object.keys(task)) {
    if (!taskFields.includes(name)) throw invalid('field of task', name, taskFields.join(', '))
  }
  text('task.Resource', task.Resource, 2_048)
  const { TimeoutSeconds = 60 } = task
  for (const [name, value] of Object.entries({
    TimeoutSeconds,
    HeartbeatSeconds: task.HeartbeatSeconds ?? 1,
  })) {
    const good = typeof value === 'string' ? isExpression(value) : value >= 1 && value <= longestTimeout
    if (!good || (typeof value === 'number' && !Number.isInteger(value))) {
      throw invalid(`task.${name}`, value, `a whole number from 1 to ${longestTimeout}, or an expression`)
    }
  }
  return { ...task, TimeoutSeconds }
}

function defaultRetry(resource: string): readonly Retrier[] {
  if (runsLambda(resource)) return [lambdaRetry]
  if (callsHttp(resource)) return [httpRetry]
  throw invalid('retry', undefined, 'a list of retriers that name errors of this resource, or [] for never')
}

function checkFallback(fallback: GuardedTaskOptions['fallback']): Resolved['fallback'] {
  if (fallback === undefined) return undefined
  const { next, when } = typeof fallback === 'string' ? { next: fallback, when: undefined } : fallback
  text('fallback', next, 80)
  if (when !== undefined && !isExpression(when))
    throw invalid('fallback.when', when, 'an expression: {% … %}')
  return { next, when }
}

function list<T extends { readonly ErrorEquals: readonly string[] }>(name: string, value: readonly T[]) {
  const good =
    Array.isArray(value) && value.every(one => Array.isArray(one?.ErrorEquals) && one.ErrorEquals.length)
  if (!good) throw invalid(name, value, 'a list whose entries name errors in ErrorEquals')
  return value
}

function text(name: string, value: unknown, longest: number): void {
  if (typeof value === 'string' && value !== '' && value.length <= longest) return
  throw invalid(name, value, longest === Infinity ? 'a text' : `a text of 1 to ${longest} characters`)
}
