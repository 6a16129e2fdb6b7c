import { type Policy, type ResolvedPolicy, resolvePolicy } from '@breakwater/circuit'
import {
  anObject,
  type Check,
  type Checks,
  checkOptions,
  circuitName,
  invalid,
  listOf,
  oneOf,
  required,
  wholeNumber,
} from '@breakwater/circuit/shared'
import type { Catcher, Retrier, State, TaskWork } from './definition.ts'
import { isExpression } from './definition.ts'
import { maxNameLength, maxStateNameLength } from './names.ts'
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
  /** Name of the first state. */
  readonly startAt: string
  /** The states by their names, for the States of a machine. */
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

/** The limit of Step Functions for the timeout of a state, in seconds. */
const maxTimeoutSeconds = 99_999_999

const textUpTo = (max: number): Check => ({
  allowed: `a text of 1 to ${max} characters`,
  good: value => typeof value === 'string' && value !== '' && value.length <= max,
})
const arnOrName = textUpTo(2_048)
const stateName = textUpTo(maxStateNameLength)

const isExpressionText = (value: unknown) => typeof value === 'string' && isExpression(value)
const whole = wholeNumber(1, maxTimeoutSeconds)
const seconds: Check = {
  allowed: `${whole.allowed}, or an expression`,
  good: value => isExpressionText(value) || whole.good(value),
}

const errorHandlers = listOf(
  {
    allowed: 'an object that names errors in ErrorEquals',
    good: value => {
      const { ErrorEquals } = (value ?? {}) as { ErrorEquals?: unknown }
      return Array.isArray(ErrorEquals) && ErrorEquals.length > 0
    },
  },
  'objects that name errors in ErrorEquals',
)

const anything: Check = { allowed: 'any value', good: () => true }

const checks: Checks<GuardedTaskOptions> = {
  name: required(textUpTo(maxNameLength)),
  circuit: required({
    allowed: `${circuitName.allowed}, or an expression`,
    good: value => isExpressionText(value) || circuitName.good(value),
  }),
  table: required(arnOrName),
  gate: required(arnOrName),
  task: required(anObject),
  policy: anObject,
  retry: errorHandlers,
  catch: errorHandlers,
  fallback: {
    allowed: 'the name of a state, or { next, when }',
    good: value => stateName.good(value) || anObject.good(value),
  },
  partition: arnOrName,
  next: stateName,
  end: oneOf(true),
}

const taskChecks: Checks<Omit<TaskWork, 'QueryLanguage'>> = {
  Resource: required(arnOrName),
  Arguments: anything,
  Output: anything,
  Assign: anything,
  TimeoutSeconds: seconds,
  HeartbeatSeconds: seconds,
  Credentials: anything,
  Comment: anything,
}

const fallbackChecks = {
  next: required(stateName),
  when: { allowed: 'an expression: {% … %}', good: isExpressionText },
}

const owner = 'guardedTask'

/**
 * Checks options and fills in the defaults.
 *
 * @throws TypeError naming the option, the value and what is allowed.
 */
export function resolve(options: GuardedTaskOptions): ResolvedOptions {
  checkOptions(owner, options, checks)
  const { name, circuit, table, gate, catch: catchers = [], fallback, partition = 'aws', next, end } = options
  if ((next === undefined) === (end === undefined)) {
    throw invalid(`${owner}: next`, next, 'a name of a state, or end: true')
  }
  const task = checkOptions(owner, options.task, taskChecks, 'task.')
  const retry = options.retry ?? defaultRetry(task.Resource)
  return {
    name,
    circuit,
    table,
    gate,
    partition,
    next,
    task: { ...task, TimeoutSeconds: task.TimeoutSeconds ?? 60 },
    policy: resolvePolicy(options.policy ?? {}, 'guardedTask: policy'),
    retry: withDefaults(retry, task.Resource),
    catch: catchers,
    fallback: fallback === undefined ? undefined : resolveFallback(fallback),
  }
}

function defaultRetry(resource: string): readonly Retrier[] {
  if (isLambdaTask(resource)) return [lambdaRetry]
  if (isHttpTask(resource)) return [httpRetry]
  const allowed = 'a list of retriers that name errors of this resource, or [] for none'
  throw invalid(`${owner}: retry`, undefined, allowed)
}

function resolveFallback(fallback: NonNullable<GuardedTaskOptions['fallback']>): ResolvedOptions['fallback'] {
  if (typeof fallback === 'string') return { next: fallback, when: undefined }
  const { next, when } = checkOptions(owner, fallback, fallbackChecks, 'fallback.')
  return { next, when }
}
