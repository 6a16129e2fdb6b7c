/** What each part of the library is bundled by: statements of a module that uses it. */
export const parts = {
  circuit: "export { Circuit } from '@breakwater/circuit'",
  /** The parts that any store is made of, the fleet's part of the circuit included. */
  sharing: "export { invalid, noReport, SharedStore, waitAtMost } from '@breakwater/circuit/shared'",
  dynamodb: "export { DynamoDbStore } from '@breakwater/dynamodb'",
  middy: "export { circuitBreaker } from '@breakwater/middy'",
} as const

/** Size budgets, in bytes minified and gzipped, without the SDK and the engines. */
export const maxBytes = {
  circuit: 9_990,
  /** What sharing its state adds to a circuit, whatever the store. */
  sharing: 5_520,
  /** What the DynamoDB store and the middleware add to that. */
  storeAndMiddleware: 8_192,
  /** A handler with circuit, store and middleware. */
  handler: 23_400,
  /** What `retry` adds to that. */
  retry: 1_024,
} as const
