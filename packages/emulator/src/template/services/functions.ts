import type { CircuitEvent } from '@breakwater/circuit'
import { invalid } from '@breakwater/circuit/shared'
import type { Callers } from '../../access/callers.ts'
import { environmentChecks } from '../../access/platform-checks.ts'
import type { Caller } from '../../access/service-call.ts'
import { startEnvironment } from '../../lambda/environment.ts'
import { type InvocationOutcome, Scheduler } from '../../lambda/scheduler.ts'
import { textOf } from '../resolve/intrinsics.ts'
import { objectOf } from '../resolve/template.ts'
import type { ResolvedResource } from '../types.ts'
import type { FunctionCode } from './function-code.ts'

/** A function and its environments. */
export interface LocalFunction {
  readonly name: string
  readonly arn: string
  readonly timeoutMs: number
  readonly scheduler: Scheduler
  /** Runs it once, with an event in JSON; never rejects. */
  invoke(event: string): Promise<InvocationOutcome>
  /** Ends its environments. */
  close(): Promise<void>
}

/** Options of {@link createFunction}. */
export interface FunctionOptions {
  /** The function as a caller of services, and who hears of its calls. */
  readonly caller: Caller
  readonly callers: Callers
  readonly code: FunctionCode
  /** Variables by which an SDK finds the services. */
  readonly variables: Readonly<Record<string, string>>
  /** More variables of one environment. @default none */
  readonly env?: (functionName: string, environment: string) => Readonly<Record<string, string>>
  /** Most environments of a function; more invocations wait. @default 8 */
  readonly maxEnvironments?: number
  /** Called with every event of a circuit in an environment. */
  readonly onCircuitEvent?: (functionName: string, environment: string, event: CircuitEvent) => void
  /** Called with the output of an environment, in chunks. */
  readonly onLog?: (functionName: string, environment: string, text: string) => void
}

/**
 * Makes a function of an AWS::Lambda::Function, whose environments start with the first invocations. Where the template
 * reserves concurrency, invocations beyond it are throttled, as in an account.
 *
 * @throws TypeError naming the property that is wrong.
 */
export function createFunction(resource: ResolvedResource, options: FunctionOptions): LocalFunction {
  const { name, arn = '', where, properties } = resource
  const { source, handler } = options.code
  const number = (property: string, min: number, max: number, otherwise: number) =>
    wholeOf(`${where}.Properties.${property}`, properties[property], min, max, otherwise)
  const timeoutMs = number('Timeout', 1, 900, 3) * 1_000
  const memoryMb = number('MemorySize', 128, 32_768, 128)
  const reserved = number('ReservedConcurrentExecutions', 0, 100_000, Infinity)
  const own = variablesOf(resource)
  const { maxEnvironments = 8, env, onCircuitEvent, onLog, caller, callers } = options
  const credentials = { AWS_ACCESS_KEY_ID: callers.keyOf(caller) }

  const scheduler = new Scheduler({
    maxEnvironments: Math.min(maxEnvironments, reserved),
    start(number) {
      const id = `${name}-${number}`
      callers.report(caller, () => environmentChecks(resource, id))
      return startEnvironment({
        id,
        source,
        handler,
        functionName: name,
        timeoutMs,
        memoryMb,
        env: { ...own, ...options.variables, ...credentials, ...env?.(name, id) },
        onCircuitEvent: event => onCircuitEvent?.(name, id, event),
        onLog: text => onLog?.(name, id, text),
      })
    },
  })
  let running = 0
  return {
    name,
    arn,
    timeoutMs,
    scheduler,
    async invoke(event) {
      if (running >= reserved) return { kind: 'throttled' }
      running += 1
      try {
        return await scheduler.invoke(event)
      } finally {
        running -= 1
      }
    },
    close: () => scheduler.close(),
  }
}

/** Finds a function by its name or ARN, with or without a version or an alias. */
export function findFunction(
  functions: readonly LocalFunction[],
  nameOrArn: string,
): LocalFunction | undefined {
  const name = /^(?:(?:arn:aws:lambda:[\w-]+:)?\d{12}:function:)?([\w-]+)(?::[\w$-]+)?$/.exec(nameOrArn)?.[1]
  return functions.find(one => one.name === name)
}

function variablesOf({ where, properties }: ResolvedResource): Record<string, string> {
  const at = `${where}.Properties.Environment`
  const { Variables = {} } = objectOf(at, properties.Environment ?? {})
  const entries = Object.entries(objectOf(`${at}.Variables`, Variables))
  return Object.fromEntries(entries.map(([name, value]) => [name, textOf(`${at}.Variables.${name}`, value)]))
}

/** CloudFormation allows numbers written as texts. */
function wholeOf(name: string, value: unknown, min: number, max: number, otherwise: number): number {
  if (value === undefined) return otherwise
  const number = typeof value === 'string' ? Number(value || 'none') : (value as number)
  if (Number.isInteger(number) && number >= min && number <= max) return number
  throw invalid(name, value, `a whole number from ${min} to ${max}`)
}

/** The answer of an invocation. Any other end is thrown as an error, by the name that a caller of Lambda sees. */
export function answerOf(name: string, outcome: InvocationOutcome): string {
  if (outcome.kind === 'answered') return outcome.value
  const [type, message] = failureOf(outcome)
  throw Object.assign(new Error(`${name}: ${message}`), { name: type })
}

function failureOf(
  outcome: Exclude<InvocationOutcome, { kind: 'answered' }>,
): [type: string, message: string] {
  if ('error' in outcome) return [outcome.error.errorType, outcome.error.errorMessage]
  if (outcome.kind !== 'timed-out') return ['TooManyRequestsException', 'Rate Exceeded.']
  return ['Sandbox.Timedout', `Task timed out after ${(outcome.afterMs / 1_000).toFixed(2)} seconds`]
}
