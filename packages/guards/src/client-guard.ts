import type { Circuit, Verdict } from '@breakwater/circuit'
import { outcomeOf, retryAfterOf } from '@breakwater/circuit/shared'
import { circuitFor } from './circuits.ts'
import {
  type Arguments,
  type CommandContext,
  type Middleware,
  type Result,
  requestsOf,
  type StackedClient,
  withSignal,
  wrapHandler,
} from './client-middleware.ts'
import type { AwsCall, ClientCircuits, FailedAwsCall, GuardClientOptions } from './client-options.ts'
import { awsOutputRules, judgeOutput } from './client-outputs.ts'

/** A client with its circuits, as the middlewares see it. */
export interface GuardedClient {
  readonly circuits: ClientCircuits
  readonly options: GuardClientOptions
  readonly config: StackedClient['config']
}

/** Attempts that failed or were rejected, by their error or output, for the fallback around all attempts. */
export type AttemptFailures = WeakMap<object, Pick<FailedAwsCall, 'circuit' | 'cause'>>

/** Thrown inside of the circuit alone, for an output in which the service failed: the caller gets the output. */
class FailedOutput extends Error {
  readonly output: object
  readonly retryAfterMs: number

  constructor(output: object, verdict: Verdict) {
    super('The output says that the service failed')
    this.name = 'FailedOutput'
    this.output = output
    this.retryAfterMs = retryAfterOf(verdict)
  }
}

/**
 * Runs what is inside of it through the circuit of the call.
 *
 * @param failures where the guard is around each attempt and there is a fallback: the errors to answer after the last
 * attempt. Without it, the circuit calls the fallback.
 */
export function guardMiddleware(guarded: GuardedClient, failures?: AttemptFailures): Middleware {
  const { per, key = standardKey(per), timeoutMs, fallback } = guarded.options
  const limits = timeoutMs === undefined ? {} : { timeoutMs }
  const rules: GuardClientOptions['outputRules'] = { ...awsOutputRules, ...guarded.options.outputRules }

  return (next, context) => async args => {
    const call = callOf(guarded, args, context)
    const circuit = circuitFor(guarded.circuits, key(call))
    if (!circuit) return next(args)
    wrapHandler(guarded.config?.requestHandler)
    /** By output, and by the FailedOutput that stands for one. */
    const results = new Map<unknown, Result>()
    // Aborting it makes `run` count an error neither way; the error thrown stays the SDK's own.
    const ignore = new AbortController()
    let cause: FailedAwsCall['cause'] = 'rejected'
    const send = async (signal: AbortSignal) => {
      cause = 'failed'
      const before = requestsOf(context)
      let result: Result
      try {
        result = await next(withSignal(args, signal))
      } catch (error) {
        // Past its limit the call has been judged already, and may have begun its next attempt.
        const unsent = requestsOf(context) === before
        if (!signal.aborted && (unsent || isAbort(error))) ignore.abort(error)
        throw error
      }
      const { output } = result
      results.set(output, result)
      const verdict = judgeOutput(rules[`${call.service}.${call.operation}`], output, call)
      if (!verdict) return output
      const failed = new FailedOutput(output, verdict)
      results.set(failed, result)
      if (outcomeOf(verdict) === 'ignored' && !signal.aborted) ignore.abort(failed)
      throw failed
    }
    try {
      const output = await circuit.run(send, {
        ...limits,
        signal: ignore.signal,
        ...(fallback &&
          !failures && {
            fallback: (error: unknown, { cause }) =>
              fallback(results.get(error)?.output ?? error, { ...call, circuit: circuit.name, cause }),
          }),
      })
      return results.get(output) ?? asResult(output)
    } catch (error) {
      const result = results.get(error)
      const answer = result?.output ?? error
      if (failures && isObject(answer) && !ignore.signal.aborted)
        if (cause === 'rejected' || isFailure(circuit, error))
          failures.set(answer, { circuit: circuit.name, cause })
      if (result) return result
      throw error
    }
  }
}

/** Answers by the fallback, around all attempts, when the last one failed or was rejected. */
export function answerFailures(
  guarded: GuardedClient,
  failures: AttemptFailures,
  fallback: NonNullable<GuardClientOptions['fallback']>,
): Middleware {
  return (next, context) => async args => {
    const answer = async (error: unknown) => {
      const failed = failures.get(error as object)
      return failed && asResult(await fallback(error, { ...callOf(guarded, args, context), ...failed }))
    }
    let result: Result
    try {
      result = await next(args)
    } catch (error) {
      const answered = await answer(error)
      if (answered) return answered
      throw error
    }
    return (await answer(result.output)) ?? result
  }
}

function callOf(
  { config }: GuardedClient,
  { input }: Arguments,
  { clientName, commandName }: CommandContext,
): AwsCall {
  return {
    service: config?.serviceId ?? String(clientName).replace(/Client$/, ''),
    operation: String(commandName).replace(/Command$/, ''),
    input: input as AwsCall['input'],
  }
}

function standardKey(per: GuardClientOptions['per']): NonNullable<GuardClientOptions['key']> {
  return ({ service, operation }) => (per === 'operation' ? `${service}.${operation}` : service)
}

/** A fallback's answer as a result of the stack; callers read `$metadata` without checking that it is there. */
function asResult(output: object): Result {
  return { output: { $metadata: {}, ...output }, response: undefined }
}

function isAbort(error: unknown): boolean {
  try {
    return (error as { name?: unknown } | null)?.name === 'AbortError'
  } catch {
    // A getter or a proxy that throws.
    return false
  }
}

/** Not by `instanceof`, which a proxy may make throw. */
function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

function isFailure(circuit: Pick<Circuit, 'judge'>, error: unknown): boolean {
  return outcomeOf(circuit.judge({ ok: false, error })) === 'failure'
}
