export { type CircuitTable, createCircuitTable } from './create-table.ts'
export { DynamoDbStore } from './dynamodb-store.ts'
export type { DynamoDbStoreOptions } from './options.ts'
export { tableActions } from './schema.ts'
