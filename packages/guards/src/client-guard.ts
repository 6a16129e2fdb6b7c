import type { Circuit } from '@breakwater/circuit'
import { outcomeOf } from '@breakwater/circuit/shared'
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

/** A client with its circuits, as the middlewares see it. */
export interface GuardedClient {
  readonly circuits: ClientCircuits
  readonly options: GuardClientOptions
  readonly config: StackedClient['config']
}

/** Attempts that failed or were rejected, by their error, for the fallback around all attempts. */
export type AttemptFailures = WeakMap<object, Pick<FailedAwsCall, 'circuit' | 'cause'>>

/**
 * Runs what is inside of it through the circuit of the call.
 *
 * @param failures where the guard is around each attempt and there is a fallback: the errors to answer after the last
 * attempt. Without it, the circuit calls the fallback.
 */
export function guardMiddleware(guarded: GuardedClient, failures?: AttemptFailures): Middleware {
  const { per, key = standardKey(per), timeoutMs, fallback } = guarded.options
  const limits = timeoutMs === undefined ? {} : { timeoutMs }

  return (next, context) => async args => {
    const call = callOf(guarded, args, context)
    const circuit = circuitFor(guarded.circuits, key(call))
    if (!circuit) return next(args)
    wrapHandler(guarded.config?.requestHandler)
    const results = new Map<unknown, Result>()
    // Aborting it makes `run` count an error neither way; the error thrown stays the SDK's own.
    const ignore = new AbortController()
    let cause: FailedAwsCall['cause'] = 'rejected'
    const send = async (signal: AbortSignal) => {
      cause = 'failed'
      const before = requestsOf(context)
      try {
        const result = await next(withSignal(args, signal))
        results.set(result.output, result)
        return result.output
      } catch (error) {
        // Past its limit the call has been judged already, and may have begun its next attempt.
        const unsent = requestsOf(context) === before
        if (!signal.aborted && (unsent || isAbort(error))) ignore.abort(error)
        throw error
      }
    }
    try {
      const output = await circuit.run(send, {
        ...limits,
        signal: ignore.signal,
        ...(fallback &&
          !failures && {
            fallback: (error: unknown, { cause }) =>
              fallback(error, { ...call, circuit: circuit.name, cause }),
          }),
      })
      return results.get(output) ?? asResult(output)
    } catch (error) {
      const counted = error instanceof Object && !ignore.signal.aborted
      if (counted && failures && (cause === 'rejected' || isFailure(circuit, error)))
        failures.set(error, { circuit: circuit.name, cause })
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
    try {
      return await next(args)
    } catch (error) {
      const failed = failures.get(error as object)
      if (!failed) throw error
      return asResult(await fallback(error, { ...callOf(guarded, args, context), ...failed }))
    }
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
  return (error as { name?: unknown } | null)?.name === 'AbortError'
}

function isFailure(circuit: Pick<Circuit, 'judge'>, error: unknown): boolean {
  return outcomeOf(circuit.judge({ ok: false, error })) === 'failure'
}
