import { type Policy, type ResolvedPolicy, resolvePolicy } from '@breakwater/circuit'
import { invalid } from '@breakwater/circuit/shared'
import type { Catcher, Retrier, State, TaskWork } from './definition.ts'
import { isExpression } from './definition.ts'
import { maxNameLength } from './names.ts'
import { httpRetry, isHttpTask, isLambdaTask, lambdaRetry, withDefaults } from './retry.ts'

/** Options of `guardedTask`. */
export type GuardedTaskOptions = {
  /** Name of the task's state, and prefix of the names of the states that guard it. 1 to 61 characters. */
  readonly name: string
  /** Name of the circuit, or a JSONata expression of it over the task's input (`{% $states.input.tenant %}`). */
  readonly circuit: string
  /** Name or ARN of the circuit table; may be a CDK token or a `${Placeholder}`. */
  readonly table: string
  /** ARN of the gate function; may be a CDK token or a `${Placeholder}`. */
  readonly gate: string
  /** The task to guard: Resource, Arguments, Output, Assign, HeartbeatSeconds, Credentials, and TimeoutSeconds (default 60). */
  readonly task: TaskWork
  /** The circuit's policy, the same as that of the gate function; only `recoveryMs`, `probes`, `refreshMs`, `openMs` and `probeLeaseMs` are used here. @default the defaults of a Circuit */
  readonly policy?: Policy
  /**
   * Retriers of the task; `[]` for none. Attempts, waits, cap and jitter are filled in where left out, and
   * throttling by Lambda is added. @default `lambdaRetry` or `httpRetry`; required for other resources
   */
  readonly retry?: readonly Retrier[]
  /** Catchers for errors of the task; each error is recorded first. @default the fallback, or the same error */
  readonly catch?: readonly Catcher[]
  /**
   * Name of the fallback state. It gets the task's input, when the circuit rejects and after errors that `catch` does
   * not name; with `when` (an expression over the task's input) only where that is true.
   * @default the named error Breakwater.CircuitOpen, or the task's own error
   */
  readonly fallback?: string | { readonly next: string; readonly when: string }
  /** AWS partition of the integrations. @default aws */
  readonly partition?: string
} & ({ readonly next: string; readonly end?: never } | { readonly end: true; readonly next?: never })

/** The states of a guarded task, and the one to start at. */
export interface GuardedTask {
  readonly startAt: string
  readonly states: Readonly<Record<string, State>>
}

/** The options of a guarded task with every default filled in. */
export type ResolvedOptions = Required<Omit<GuardedTaskOptions, 'policy' | 'fallback' | 'next' | 'end'>> & {
  readonly task: TaskWork & { readonly TimeoutSeconds: number | string }
  readonly policy: ResolvedPolicy
  readonly fallback: { readonly next: string; readonly when: string | undefined } | undefined
  /** Undefined where the task ends the machine. */
  readonly next: string | undefined
}

const known = 'name circuit table gate task policy retry catch fallback partition next end'.split(' ')
const taskFields =
  'Resource Arguments Output Assign TimeoutSeconds HeartbeatSeconds Credentials Comment'.split(' ')

/** The limit of Step Functions for the timeout of a state, in seconds. */
const maxTimeoutSeconds = 99_999_999

/**
 * Checks options and fills in the defaults.
 *
 * @throws TypeError naming the option, the value and what is allowed.
 */
export function resolve(options: GuardedTaskOptions): ResolvedOptions {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw invalid('option', name, known.join(', '))
  }
  const { name, circuit, table, gate, catch: catchers = [], partition = 'aws', next, end } = options
  text('name', name, maxNameLength)
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
    retry: withDefaults(list('retry', options.retry ?? defaultRetry(task.Resource)), task.Resource),
    catch: list('catch', catchers),
    fallback: checkFallback(options.fallback),
  }
}

function checkTask(task: TaskWork): ResolvedOptions['task'] {
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
    const good = typeof value === 'string' ? isExpression(value) : value >= 1 && value <= maxTimeoutSeconds
    if (!good || (typeof value === 'number' && !Number.isInteger(value))) {
      throw invalid(`task.${name}`, value, `a whole number from 1 to ${maxTimeoutSeconds}, or an expression`)
    }
  }
  return { ...task, TimeoutSeconds }
}

function defaultRetry(resource: string): readonly Retrier[] {
  if (isLambdaTask(resource)) return [lambdaRetry]
  if (isHttpTask(resource)) return [httpRetry]
  throw invalid('retry', undefined, 'a list of retriers that name errors of this resource, or [] for never')
}

function checkFallback(fallback: GuardedTaskOptions['fallback']): ResolvedOptions['fallback'] {
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
