// The store loads the SDK when it first needs it. That takes real time, once a process, which a run must not see.
import '@aws-sdk/client-dynamodb'
import type {
  BatchGetItemCommandInput,
  DynamoDBClient,
  GetItemCommandInput,
  QueryCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import { type Item, tableKeys, windowPart } from '@breakwater/dynamodb/schema'
import type { Environment } from '../engine/environment.ts'
import { applyUpdate, conditionHolds } from './expression.ts'
import { type SimulatedTable, TableError } from './table.ts'

type Command = (input: never, signal?: AbortSignal) => Promise<object>

/**
 * The table as the real store sees it from one environment: an SDK client for the requests that the store makes.
 *
 * @throws Error (as a rejection) for a command that is not simulated, naming it.
 * @example
 * const client = simulatedClient(table, environment)
 * const store = new DynamoDbStore({ tableName: 'circuits', client, clock: environment })
 */
export function simulatedClient(
  table: SimulatedTable,
  environment: Environment,
): Pick<DynamoDBClient, 'send'> {
  const requests = new Requests(table, environment)
  const commands: Record<string, Command> = {
    GetItemCommand: requests.get,
    BatchGetItemCommand: requests.batchGet,
    QueryCommand: requests.query,
    UpdateItemCommand: requests.update,
  }
  const send = async (
    command: { readonly input: unknown },
    { abortSignal }: { readonly abortSignal?: AbortSignal } = {},
  ) => {
    const run = commands[command.constructor.name]
    if (!run) throw new Error(`${command.constructor.name} is not simulated`)
    return run(command.input as never, abortSignal)
  }
  return { send: send as unknown as DynamoDBClient['send'] }
}

/** The requests of one environment. */
class Requests {
  readonly #table: SimulatedTable
  readonly #environment: Environment

  constructor(table: SimulatedTable, environment: Environment) {
    this.#table = table
    this.#environment = environment
  }

  get = async ({ Key, ConsistentRead: consistent = false }: GetItemCommandInput, signal?: AbortSignal) => {
    const [Item] = await this.#read([keyText(Key as Item)], consistent, signal)
    return { ...(Item && { Item }) }
  }

  batchGet = async ({ RequestItems = {} }: BatchGetItemCommandInput, signal?: AbortSignal) => {
    const [[name, { Keys = [], ConsistentRead = false } = {}] = ['']] = Object.entries(RequestItems)
    const left: typeof Keys = []
    const skip = (index: number) => {
      const leaves = this.#table.leavesUnprocessed()
      if (leaves) left.push(Keys[index]!)
      return leaves
    }
    const keys = Keys.map(key => keyText(key as Item))
    const items = await this.#read(keys, ConsistentRead, signal, skip)
    return {
      Responses: { [name]: items.filter(item => item !== undefined) },
      ...(left.length > 0 && { UnprocessedKeys: { [name]: { Keys: left } } }),
    }
  }

  /** The one query of the store: its audit entries, newest first. */
  query = async ({ ExpressionAttributeValues, Limit }: QueryCommandInput, signal?: AbortSignal) => {
    const { ':circuit': circuit, ':part': part } = ExpressionAttributeValues ?? {}
    const keys = this.#table.keys(`${circuit?.S} ${part?.S}`).slice(0, Limit)
    const items = await this.#read([...keys], true, signal)
    return { Items: items.filter(item => item !== undefined) }
  }

  update = async (input: UpdateItemCommandInput, signal?: AbortSignal) => {
    const [table, environment] = [this.#table, this.#environment]
    const key = keyText(input.Key as Item)
    const apply = () => {
      const stored = table.read(key, true) as Item | undefined
      if (!conditionHolds(input, stored)) return { refused: true, stored }
      const item = applyUpdate(input, stored)
      table.write(environment, key, item)
      return { refused: false, stored: item }
    }
    // The revision of an override is added to as well.
    const adds = key.includes(` ${windowPart('')}`)
    const request = { kind: adds ? 'addition' : 'write', keys: [key], signal, apply } as const
    const { refused, stored } = await table.request(environment, request)
    table.observer?.learned(environment, key, stored)
    if (!refused) return input.ReturnValues === 'ALL_NEW' ? { Attributes: stored } : {}
    const Item = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? stored : undefined
    throw new TableError('ConditionalCheckFailedException', 400, { Item })
  }

  /** `skip`: whether the key of this index is left unprocessed. */
  async #read(
    keys: string[],
    consistent: boolean,
    signal: AbortSignal | undefined,
    skip: (index: number) => boolean = () => false,
  ) {
    const [table, environment] = [this.#table, this.#environment]
    let skipped = false
    const apply = () =>
      keys.map((key, index) => {
        if (!skip(index)) return table.read(key, consistent) as Item | undefined
        skipped = true
        return undefined
      })
    const items = await table.request(environment, { kind: 'read', keys, consistent, signal, apply })
    // A read that left keys out has failed, whatever it found.
    if (!skipped)
      for (const [index, key] of keys.entries()) table.observer?.learned(environment, key, items[index])
    return items
  }
}

/** A key as one text: the partition key, then the sort key. */
export function keyText(key: Item): string {
  return `${key[tableKeys.partition]?.S} ${key[tableKeys.sort]?.S}`
}
