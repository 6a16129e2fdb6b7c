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
import { isConditionFailed, isReset, storeError } from './failure.ts'
import { type DynamoDbStoreOptions, tableName } from './options.ts'

/** The four operations that the store uses. */
type Operation = 'BatchGetItem' | 'GetItem' | 'Query' | 'UpdateItem'

/** The SDK, once it is loaded. */
interface LoadedSdk {
  readonly client: Pick<DynamoDBClient, 'send'>
  readonly commands: { [name in Operation]: new (input: never) => object }
}

/** The connection to the table: loads the SDK at the first request, bounds every request, and throws StoreErrors. */
export class Connection {
  readonly tableName: string
  readonly #options: DynamoDbStoreOptions
  #own: DynamoDBClient | undefined
  #ready: Promise<LoadedSdk> | undefined

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
    try {
      const { client, commands } = await this.#loaded()
      const request = async (abortSignal: AbortSignal) =>
        client.send(new commands[operation](input as never) as never, { abortSignal }) as Promise<object>
      const answer = await bounded(requestTimeoutMs, clock, signal =>
        request(signal).catch((error: unknown) => {
          if (repeated && isReset(error) && !signal.aborted) return request(signal)
          throw error
        }),
      )
      checkAnswer(operation, this.tableName, input, answer)
      return answer
    } catch (error) {
      throw isConditionFailed(error) ? error : storeError(error, operation, this.tableName)
    }
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
    // No timeouts of the SDK's own: after a thaw they would fire at once, which `bounded` does not.
    if (!client) this.#own = new DynamoDBClient({ maxAttempts: 1, ...clientConfig })
    return {
      client: client ?? this.#own!,
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
