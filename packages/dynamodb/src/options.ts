import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { type Clock, systemClock } from '@breakwater/circuit'
import { invalid } from '@breakwater/circuit/shared'

/** What every {@link DynamoDbStore} is told. */
interface CommonOptions {
  /** Name or ARN of the circuit table. */
  readonly tableName: string | undefined
  /** Longest time one request may take, in ms, from 1 to 60,000. @default 1_000 */
  readonly requestTimeoutMs?: number
  /** What bounds a request; for tests and simulations. @default the machine's own time */
  readonly clock?: Clock
}

/** A client that exists already, used as it is: its own retries stay, so give it `maxAttempts: 1`. */
interface ClientGiven {
  /** @default one of the store's own, made when it is first needed */
  readonly client: Pick<DynamoDBClient, 'send'>
  readonly clientConfig?: never
}

/** How to make the store's own client. */
interface ClientOwn {
  readonly client?: never
  /** Laid over the store's own settings (`maxAttempts: 1`; connections are kept alive). @default the SDK's defaults */
  readonly clientConfig?: DynamoDBClientConfig
}

/** Options of a {@link DynamoDbStore}. `client` and `clientConfig` exclude each other. */
export type DynamoDbStoreOptions = CommonOptions & (ClientGiven | ClientOwn)

/** Options that have been looked at. */
export interface CheckedOptions {
  readonly tableName: string
  readonly requestTimeoutMs: number
  readonly client: Pick<DynamoDBClient, 'send'> | undefined
  readonly clientConfig: DynamoDBClientConfig | undefined
  readonly clock: Clock
}

const known = ['tableName', 'client', 'clientConfig', 'requestTimeoutMs', 'clock']
const longestMs = 60_000

/** Refuses what cannot work, by a message that names the option, what it got and what is allowed. */
export function checkOptions(options: DynamoDbStoreOptions): CheckedOptions {
  // An option nobody knows is a misspelt one, and would be a silent default.
  for (const name of Object.keys(options ?? {})) {
    if (!known.includes(name)) throw invalid('option', name, known.join(', '))
  }
  const { tableName, requestTimeoutMs = 1_000, client, clientConfig, clock = systemClock } = options ?? {}
  if (!Number.isInteger(requestTimeoutMs) || requestTimeoutMs < 1 || requestTimeoutMs > longestMs)
    throw invalid('requestTimeoutMs', requestTimeoutMs, `a whole number from 1 to ${longestMs}`)
  if (client !== undefined && typeof client?.send !== 'function')
    throw invalid('client', client, 'a DynamoDBClient')
  if (clientConfig !== undefined && typeof clientConfig !== 'object')
    throw invalid('clientConfig', clientConfig, 'the configuration of a DynamoDBClient')
  if (client && clientConfig) throw invalid('clientConfig', clientConfig, 'nothing beside client')
  return { tableName: checkTableName(tableName), requestTimeoutMs, client, clientConfig, clock }
}

/** Returns the name, or says what one looks like. */
export function checkTableName(name: unknown): string {
  if (typeof name === 'string' && /^(arn:[^/]+:table\/)?[\w.-]{3,255}$/.test(name)) return name
  throw invalid(
    'tableName',
    name,
    'the ARN or name (3 to 255 of a-z A-Z 0-9 _ . -) of a table, e.g. process.env.CIRCUIT_TABLE',
  )
}
