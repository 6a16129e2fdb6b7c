import { invalid } from '@breakwater/circuit/shared'
import { type AttemptFailures, answerFailures, type GuardedClient, guardMiddleware } from './client-guard.ts'
import { type StackedClient, signalMiddleware } from './client-middleware.ts'
import {
  type AwsClient,
  type ClientCircuits,
  checkClientOptions,
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
 * {@link classifyAws}. Some commands answer with 200 although the service did nothing of what was asked: a function that
 * threw, a batch of which every entry was throttled. These are failures by {@link awsOutputRules}, and returned all the same.
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
  const { count = 'outcome', fallback, name = 'breakwater' } = options
  const { middlewareStack: stack, config } = client as unknown as StackedClient
  const guarded: GuardedClient = { circuits, options, config }
  const first = { step: 'initialize', priority: 'high', tags }
  if (count === 'attempts') {
    const failures: AttemptFailures | undefined = fallback && new WeakMap()
    // Right inside the retries, and so outside the signing and the parsing of the answer.
    const position = { relation: 'after', toMiddleware: 'retryMiddleware', name, tags }
    whereFree(name, () => stack.addRelativeTo(guardMiddleware(guarded, failures), position))
    if (fallback && failures) {
      const answer = answerFailures(guarded, failures, fallback)
      stack.add(answer, { ...first, name: `${name}Fallback`, override: true })
    }
  } else whereFree(name, () => stack.add(guardMiddleware(guarded), { ...first, name }))
  stack.add(signalMiddleware, {
    step: 'deserialize',
    priority: 'low',
    name: 'breakwaterSignal',
    override: true,
    tags,
  })
  return client
}

/** The stack refuses a name that it has. */
function whereFree(name: string, add: () => void): void {
  try {
    add()
  } catch {
    throw invalid(
      'guardClient: name',
      name,
      `one that is free: middlewareStack.remove("${name}") takes a guard off`,
    )
  }
}
