import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import type { Clock } from '@breakwater/circuit'
import {
  aFunction,
  anObject,
  type Check,
  type Checks,
  checkOptions,
  invalid,
  objectWith,
  wholeNumber,
} from '@breakwater/circuit/shared'

/** Options of a {@link DynamoDbStore}. `client` and `clientConfig` exclude each other. */
export type DynamoDbStoreOptions = {
  /**
   * Name or ARN of the circuit table. What is none, such as a variable that is not set, is a misconfigured table: calls
   * go on, without being shared, and that is reported.
   */
  readonly tableName: string | undefined
  /** Maximum time of one request, in ms, from 1 to 60,000. @default 1_000 */
  readonly requestTimeoutMs?: number
  /** The clock that bounds requests; for tests and simulations. @default the machine's own time */
  readonly clock?: Clock
  /** Random numbers from 0 to below 1, by which revisions grow; for simulations that must repeat. @default Math.random */
  readonly random?: () => number
} & (
  | {
      /**
       * A client of yours, used as it is: its own retries stay, so give it `maxAttempts: 1`.
       *
       * @default a client of the store's own, made at the first request
       */
      readonly client: Pick<DynamoDBClient, 'send'>
      readonly clientConfig?: never
    }
  | {
      readonly client?: never
      /**
       * The configuration of the store's own client, merged over the store's settings (`maxAttempts: 1`; connections are
       * kept alive).
       *
       * @default the SDK's defaults
       */
      readonly clientConfig?: DynamoDBClientConfig
    }
)

/** The check for the required ARN or name of a table. */
export const tableName: Check = {
  allowed: 'the ARN or name (3 to 255 of a-z A-Z 0-9 _ . -) of a table, e.g. process.env.CIRCUIT_TABLE',
  good: value => typeof value === 'string' && /^(arn:[^/]+:table\/)?[\w.-]{3,255}$/.test(value),
  required: true,
}

const checks: Checks<DynamoDbStoreOptions> = {
  tableName,
  client: objectWith('a DynamoDBClient', 'send'),
  clientConfig: { ...anObject, allowed: 'the configuration of a DynamoDBClient' },
  requestTimeoutMs: wholeNumber(1, 60_000),
  clock: objectWith('a Clock', 'now', 'setTimeout'),
  random: aFunction,
}

/**
 * Checks options. `owner`: the class or function whose user gave them. `anyTable`: the table is left to the first request,
 * since a circuit must not keep a function from starting.
 */
export function checkStoreOptions(
  owner: string,
  options = {} as DynamoDbStoreOptions,
  anyTable = false,
): DynamoDbStoreOptions {
  const { client, clientConfig } = checkOptions(
    owner,
    options,
    anyTable ? { ...checks, tableName: { ...tableName, good: () => true } } : checks,
  )
  if (client && clientConfig) throw invalid(`${owner}: clientConfig`, clientConfig, 'nothing beside client')
  return options
}
