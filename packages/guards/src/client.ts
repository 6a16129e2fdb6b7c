import type { Circuit } from '@breakwater/circuit'
import { invalid, outcomeOf } from '@breakwater/circuit/shared'
import { circuitFor } from './circuits.ts'
import {
  type Arguments,
  type CommandContext,
  type Middleware,
  type Result,
  requestsOf,
  type StackedClient,
  signalMiddleware,
  withSignal,
  wrapHandler,
} from './client-middleware.ts'
import {
  type AwsCall,
  type AwsClient,
  type ClientCircuits,
  checkClientOptions,
  type FailedAwsCall,
  type GuardClientOptions,
} from './client-options.ts'

const tags = ['BREAKWATER']

/**
 * Guards every command of an AWS SDK v3 client by a circuit, through the client's middleware stack. A command that is
 * rejected throws a CircuitOpenError out of `send`, and nothing is sent. Paginators and waiters of the client are
 * guarded with it, and its streams are left as they are.
 *
 * An error thrown before a request was sent (missing credentials, bad input) and a caller's abort count neither way.
 * Everything else is judged by the circuit's `classify`; circuits that guard only AWS clients are best given
 * {@link classifyAws}.
 *
 * A time limit aborts the request. For that, the `handle` of the client's request handler is wrapped once, so that it
 * follows the limit, too; requests of clients that are not guarded pass through it unchanged.
 *
 * @param client is guarded in place. `client.middlewareStack.remove('breakwater')` takes the guard off again.
 * @param circuits one circuit for all commands, or circuits by key: by service, unless options say otherwise.
 * @returns the same client.
 * @throws TypeError for a bad option, or when the client is guarded under that `name` already.
 * @example
 * const dynamo = guardClient(new DynamoDBClient(), new Circuits({ classify: classifyAws }), { timeoutMs: 800 })
 * const { Item } = await dynamo.send(new GetItemCommand({ TableName, Key }))
 */
export function guardClient<C extends AwsClient>(
  client: C,
  circuits: ClientCircuits,
  options: GuardClientOptions = {},
): C {
  checkClientOptions(client, circuits, options)
  const { count = 'outcome', per, key, timeoutMs, fallback, name = 'breakwater' } = options
  const { middlewareStack: stack, config } = client as unknown as StackedClient
  const limits = timeoutMs === undefined ? {} : { timeoutMs }
  const attempts = count === 'attempts'
  /** Attempts that failed or were rejected, by their error, for the fallback around all attempts. */
  const failures = new WeakMap<object, Pick<FailedAwsCall, 'circuit' | 'cause'>>()

  const guard: Middleware = (next, context) => async args => {
    const call = callOf(args, context)
    const circuit = circuitOf(call)
    if (!circuit) return next(args)
    wrapHandler(config?.requestHandler)
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
          !attempts && {
            fallback: (error: unknown, { cause }) =>
              fallback(error, { ...call, circuit: circuit.name, cause }),
          }),
      })
      return results.get(output) ?? asResult(output)
    } catch (error) {
      const counted = error instanceof Object && !ignore.signal.aborted
      if (counted && attempts && fallback && (cause === 'rejected' || isFailure(circuit, error)))
        failures.set(error, { circuit: circuit.name, cause })
      throw error
    }
  }

  const answerFailures: Middleware = (next, context) => async args => {
    try {
      return await next(args)
    } catch (error) {
      const failed = failures.get(error as object)
      if (!fallback || !failed) throw error
      return asResult(await fallback(error, { ...callOf(args, context), ...failed }))
    }
  }

  function callOf({ input }: Arguments, { clientName, commandName }: CommandContext): AwsCall {
    return {
      service: config?.serviceId ?? String(clientName).replace(/Client$/, ''),
      operation: String(commandName).replace(/Command$/, ''),
      input: input as AwsCall['input'],
    }
  }

  function circuitOf(call: AwsCall): Pick<Circuit, 'run' | 'judge' | 'name'> | undefined {
    const standard = per === 'operation' ? `${call.service}.${call.operation}` : call.service
    const chosen = key ? key(call) : standard
    return circuitFor(circuits, chosen)
  }

  const first = { step: 'initialize', priority: 'high', tags }
  try {
    // Right inside the retries, and so outside the signing and the parsing of the answer.
    if (attempts)
      stack.addRelativeTo(guard, { relation: 'after', toMiddleware: 'retryMiddleware', name, tags })
    else stack.add(guard, { ...first, name })
  } catch {
    throw invalid(
      'guardClient: name',
      name,
      `one that is free: middlewareStack.remove("${name}") takes a guard off`,
    )
  }
  if (attempts && fallback) stack.add(answerFailures, { ...first, name: `${name}Fallback`, override: true })
  stack.add(signalMiddleware, {
    step: 'deserialize',
    priority: 'low',
    name: 'breakwaterSignal',
    override: true,
    tags,
  })
  return client
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
