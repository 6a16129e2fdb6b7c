/** A function as a user writes it, in a file of its own: a guarded call, a guarded client and a guarded handler. */
export const source = `import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { Circuit, isCircuitOpenError } from '@breakwater/circuit'
import { DynamoDbStore } from '@breakwater/dynamodb'
import { guardClient, retry } from '@breakwater/guards'
import { circuitBreaker } from '@breakwater/middy'
import { circuitLogger } from '@breakwater/powertools'
import { Logger } from '@aws-lambda-powertools/logger'
import middy from 'middy6'

const store = new DynamoDbStore({ tableName: process.env.CIRCUIT_TABLE })
const payments = new Circuit('payments', { store, consecutiveFailures: 3, retry: retry({ attempts: 2 }) })
payments.on(circuitLogger(new Logger({ logLevel: 'SILENT' })))
const table = guardClient(new DynamoDBClient({}), new Circuit('table', { store }))

const charge = async event => {
  if (event.down) throw new Error('the provider is down')
  return { statusCode: 200, body: table.config.serviceId ?? 'paid' }
}

export const handler = middy(charge).use(
  circuitBreaker({
    circuit: payments,
    fallback: (_request, error) => ({ statusCode: 202, body: isCircuitOpenError(error) ? 'open' : 'failed' }),
  }),
)
`

/**
 * Loads a bundle as Lambda does and invokes its handler: once well, three times down, once more. The table is made
 * first; another environment must find at the end what the handler's wrote.
 */
export const runner = `const { DynamoDBClient } = require('@aws-sdk/client-dynamodb')
const { createCircuitTable, DynamoDbStore } = require('@breakwater/dynamodb')
const { Circuit } = require('@breakwater/circuit')
const context = {
  awsRequestId: 'a', functionName: 'pay', functionVersion: '1', invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:pay',
  memoryLimitInMB: '128', logGroupName: 'g', logStreamName: 's', getRemainingTimeInMillis: () => 5000,
}
const main = async () => {
  await createCircuitTable(new DynamoDBClient({}), process.env.CIRCUIT_TABLE)
  const { handler } = await import(process.argv[2])
  const answers = []
  for (const event of [{}, { down: true }, { down: true }, { down: true }, {}])
    answers.push((await handler(event, context)).body)
  const other = new Circuit('payments', { store: new DynamoDbStore({ tableName: process.env.CIRCUIT_TABLE }) })
  const { suspect, store } = await other.refresh()
  console.log(JSON.stringify({ answers, suspect, store }))
  process.exit()
}
main()
`
