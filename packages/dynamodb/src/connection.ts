import type {
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  DynamoDBClient,
  GetItemCommandInput,
  GetItemCommandOutput,
  QueryCommandInput,
  QueryCommandOutput,
  UpdateItemCommandInput,
  UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb'
import { type Clock, StoreError, systemClock } from '@breakwater/circuit'
import { invalid, waitAtMost } from '@breakwater/circuit/shared'
import { checkAnswer } from './answer.ts'
import { type Circumstances, isConditionFailed, isReset, storeError } from './failure.ts'
import { type DynamoDbStoreOptions, tableName } from './options.ts'

/** The four operations that the store uses. */
type Operation = 'BatchGetItem' | 'GetItem' | 'Query' | 'UpdateItem'

/** The SDK, once it is loaded. */
interface LoadedSdk {
  readonly client: Pick<DynamoDBClient, 'send'>
  readonly commands: { [name in Operation]: new (input: never) => object }
}

/** Of a command of the SDK, how something is put into its way to the service. */
interface Command {
  readonly middlewareStack: { add(middleware: Middleware, options: { step: string }): void }
}
type Middleware = (next: (args: never) => unknown) => (args: never) => unknown

/** For so long a host that is not found, or speaks another protocol, may be an outage also where it has never answered. */
const graceMs = 10_000

/** The connection to the table: loads the SDK at the first request, bounds every request, and throws StoreErrors. */
export class Connection {
  readonly tableName: string
  readonly #options: DynamoDbStoreOptions
  #own: DynamoDBClient | undefined
  #ready: Promise<LoadedSdk> | undefined
  #answered = false
  /** When the first request failed. */
  #failedAt: number | undefined

  constructor(options: DynamoDbStoreOptions) {
    this.tableName = String(options.tableName)
    this.#options = options
  }

  /** Loads the SDK and makes the client, once. A failure is not remembered: the next request tries again. */
  open(): Promise<object> {
    return this.#loaded()
  }

  #loaded(): Promise<LoadedSdk> {
    this.#ready ??= this.#load().catch((error: unknown) => {
      this.#ready = undefined
      throw error
    })
    return this.#ready
  }

  /**
   * Opens as soon as the module that is being loaded now is done: loading the SDK takes tens of milliseconds, which cost
   * nothing while an environment initialises. With an injected client the SDK is loaded already.
   */
  openSoon(): void {
    if (!this.#options.client) setImmediate(() => this.open().catch(() => {}))
  }

  /** Drops the store's own client and its sockets; the next request makes a new one. */
  close(): void {
    this.#own?.destroy()
    this.#own = this.#ready = undefined
  }

  /**
   * Sends a request, and once more within the same bound if it may be `repeated` and the connection broke: DynamoDB
   * closes the kept-alive connection of an environment that is frozen for minutes, and the first request after the thaw
   * fails by that.
   *
   * @throws StoreError, or the SDK's ConditionalCheckFailedException.
   */
  send(
    operation: 'BatchGetItem',
    input: BatchGetItemCommandInput,
    repeated?: boolean,
  ): Promise<BatchGetItemCommandOutput>
  send(operation: 'GetItem', input: GetItemCommandInput, repeated?: boolean): Promise<GetItemCommandOutput>
  send(operation: 'Query', input: QueryCommandInput, repeated?: boolean): Promise<QueryCommandOutput>
  send(
    operation: 'UpdateItem',
    input: UpdateItemCommandInput,
    repeated?: boolean,
  ): Promise<UpdateItemCommandOutput>
  async send(operation: Operation, input: object, repeated = true): Promise<object> {
    const { requestTimeoutMs = 1_000, clock = systemClock } = this.#options
    const way: Way = {}
    try {
      const { client, commands } = await this.#loaded()
      const request = async (abortSignal: AbortSignal) => {
        const command = followed(new commands[operation](input as never), way)
        return client.send(command as never, { abortSignal }) as Promise<object>
      }
      const answer = await bounded(requestTimeoutMs, clock, signal =>
        request(signal).catch((error: unknown) => {
          if (repeated && isReset(error) && !signal.aborted) return request(signal)
          throw error
        }),
      )
      checkAnswer(operation, this.tableName, input, answer)
      this.#answered = true
      return answer
    } catch (error) {
      if (isConditionFailed(error)) throw error
      throw storeError(error, operation, this.tableName, this.#circumstances(way, clock.now()))
    }
  }

  #circumstances(way: Way, now: number): Circumstances {
    this.#failedAt ??= now
    return { unsent: way.at === 'made', neverWorked: !this.#answered && now - this.#failedAt >= graceMs }
  }

  async #load(): Promise<LoadedSdk> {
    const { client, clientConfig, tableName: name } = this.#options
    if (!tableName.good(name))
      throw new StoreError(
        'misconfigured',
        invalid('DynamoDbStore: tableName', name, tableName.allowed).message,
      )
    // Imported by name, so that a bundler leaves the other commands out.
    const { BatchGetItemCommand, DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand } =
      await import('@aws-sdk/client-dynamodb')
    const own = () => {
      // No timeouts of the SDK's own: after a thaw they would fire at once, which `bounded` does not.
      this.#own = new DynamoDBClient({ maxAttempts: 1, ...clientConfig })
      return this.#own
    }
    return {
      client: client ?? own(),
      commands: {
        BatchGetItem: BatchGetItemCommand,
        GetItem: GetItemCommand,
        Query: QueryCommand,
        UpdateItem: UpdateItemCommand,
      },
    }
  }
}

/** Ends a request after `ms`, also one that ignores its signal. The timer never outlives the request. */
async function bounded<T>(
  ms: number,
  clock: Clock,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const requested = request(controller.signal)
  if (!(await waitAtMost(requested, ms, clock))) {
    const error = new DOMException(`no answer within ${ms} ms`, 'TimeoutError')
    controller.abort(error)
    throw error
  }
  return requested
}

/** How far a request came; absent where the client does not say, being none of the SDK. */
interface Way {
  at?: 'made' | 'sent'
}

/**
 * Notes how far a command comes. What the SDK throws while it fetches credentials is whatever their provider throws, and
 * looks like any other error; but it comes before anything is sent.
 */
function followed(command: object, way: Way): object {
  const note = (at: 'made' | 'sent', step: string) =>
    (command as Command).middlewareStack.add(
      next => args => {
        way.at = at
        return next(args)
      },
      { step },
    )
  note('made', 'initialize')
  note('sent', 'deserialize')
  return command
}
