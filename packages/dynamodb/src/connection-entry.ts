/**
 * The connection to the circuit table, for other stores that keep items of their own beside the circuits': the same
 * options, the same bound on every request, the same errors. Such a store defines its own items, with the schema helpers
 * of `@breakwater/dynamodb/schema`.
 *
 * @module
 */
import { Connection } from './connection.ts'
import { checkStoreOptions, type DynamoDbStoreOptions } from './options.ts'

export { readable } from './answer.ts'
export { isConditionFailed } from './failure.ts'
export type { Connection, DynamoDbStoreOptions }

/**
 * Connects to a table. Sends no request: the SDK is loaded and the client made when the first request is sent.
 *
 * @param options the options of a `DynamoDbStore`; `requestTimeoutMs` bounds every request.
 * @param owner the class or function whose user gave the options; messages about bad options begin with it.
 * @returns a connection whose `send` takes one of four operations and the SDK's input for it. It throws a StoreError, or
 * the SDK's ConditionalCheckFailedException, which `isConditionFailed` recognises.
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const table = connect({ tableName: process.env.CIRCUIT_TABLE })
 * const Key = keyIn('my-kind#name', 'my-item')
 * const { Item } = await table.send('GetItem', { TableName: table.tableName, Key, ConsistentRead: true })
 */
export function connect(options: DynamoDbStoreOptions, owner = 'connect'): Connection {
  return new Connection(checkStoreOptions(owner, options))
}
