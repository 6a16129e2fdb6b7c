import { Circuit, Circuits, type FallbackContext } from '@breakwater/circuit'
import middy from '@middy/core'
import type {
  APIGatewayProxyEvent,
  APIGatewayProxyResult,
  Context,
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  KinesisStreamBatchResponse,
  KinesisStreamEvent,
  KinesisStreamRecord,
  S3Event,
  SNSEvent,
  SQSBatchResponse,
  SQSEvent,
  SQSRecord,
} from 'aws-lambda'
import middy6 from 'middy6'
import { expectTypeOf, it } from 'vitest'
import { type BatchResponse, circuitBreaker, guardRecords } from './index.ts'

const circuit = new Circuit('payments')
const tenants = new Circuits()
const handle = async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => ({
  statusCode: 200,
  body: event.path,
})

it('circuitBreaker fits a typed handler of Middy 6 and 7 and leaves its types alone', () => {
  const handler = middy(handle).use(circuitBreaker({ circuit }))
  expectTypeOf(handler).parameter(0).toEqualTypeOf<APIGatewayProxyEvent>()
  const handler6 = middy6(handle).use(circuitBreaker({ circuit }))
  expectTypeOf(handler6).parameter(0).toEqualTypeOf<APIGatewayProxyEvent>()
  expectTypeOf<Awaited<ReturnType<typeof handler6>>>().toEqualTypeOf<APIGatewayProxyResult>()
})

it('circuitBreaker infers the event from where it is used', () => {
  const breaker = circuitBreaker({
    circuit: (event: APIGatewayProxyEvent, context) => {
      expectTypeOf<Context>().toExtend<typeof context>()
      return tenants.for(event.path)
    },
    classify: (settled, request) => {
      expectTypeOf(request.event).toEqualTypeOf<APIGatewayProxyEvent>()
      return settled.ok ? undefined : { outcome: 'failure', retryAfterMs: 5 }
    },
    fallback: (request, error, context) => {
      expectTypeOf(request.event).toEqualTypeOf<APIGatewayProxyEvent>()
      expectTypeOf(error).toBeUnknown()
      expectTypeOf(context).toEqualTypeOf<FallbackContext>()
      return { statusCode: 202 }
    },
  })
  expectTypeOf(breaker).toExtend<middy.MiddlewareObj<APIGatewayProxyEvent>>()
})

it('circuitBreaker checks the fallback against types that are given', () => {
  circuitBreaker<APIGatewayProxyEvent, APIGatewayProxyResult>({
    circuit,
    // @ts-expect-error: an API result has a body
    fallback: () => ({ statusCode: 202 }),
  })
  circuitBreaker<APIGatewayProxyEvent, APIGatewayProxyResult>({
    circuit,
    fallback: async ({ event }) => ({ statusCode: 202, body: event.path }),
  })
})

it('circuitBreaker refuses what is no option', () => {
  const refused = () => [
    // @ts-expect-error: circuit is required
    circuitBreaker({}),
    // @ts-expect-error: there is no such option
    circuitBreaker({ circuit, marginMS: 5 }),
    // @ts-expect-error: there is no such outcome
    circuitBreaker({ circuit, classify: () => 'bad' }),
  ]
  expectTypeOf(refused).toBeFunction()
})

it('circuitBreaker takes a fallback that always throws', () => {
  const breaker = circuitBreaker({ circuit, fallback: (_, error) => Promise.reject(error) })
  expectTypeOf(middy(handle).use(breaker)).parameter(0).toEqualTypeOf<APIGatewayProxyEvent>()
})

it('guardRecords has types for records and the answer of a batch', () => {
  const run = (event: SQSEvent, context: Context) =>
    guardRecords(
      record => {
        expectTypeOf(record).toEqualTypeOf<SQSRecord>()
        return tenants.for(record.messageId)
      },
      event,
      (record, signal) => {
        expectTypeOf(record).toEqualTypeOf<SQSRecord>()
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      },
      { context, fallback: record => void expectTypeOf(record).toEqualTypeOf<SQSRecord>() },
    )
  expectTypeOf(run).returns.resolves.toEqualTypeOf<BatchResponse>()
})

it('guardRecords has the types of each source, and refuses those of others', () => {
  const ofKinesis = (event: KinesisStreamEvent) =>
    guardRecords(circuit, event, record => void expectTypeOf(record).toEqualTypeOf<KinesisStreamRecord>(), {
      onFailure: record => void expectTypeOf(record).toEqualTypeOf<KinesisStreamRecord>(),
    })
  const ofDynamoDb = (event: DynamoDBStreamEvent) =>
    guardRecords(circuit, event, record => void expectTypeOf(record).toEqualTypeOf<DynamoDBRecord>())
  const refused = (event: S3Event, other: SNSEvent) => [
    // @ts-expect-error: S3 reads no answer
    guardRecords(circuit, event, () => {}),
    // @ts-expect-error: nor does SNS
    guardRecords(circuit, other, () => {}),
  ]
  expectTypeOf(ofKinesis).returns.resolves.toExtend<KinesisStreamBatchResponse>()
  expectTypeOf(ofDynamoDb).returns.resolves.toExtend<DynamoDBBatchResponse>()
  expectTypeOf<BatchResponse>().toExtend<SQSBatchResponse>()
  expectTypeOf(refused).toBeFunction()
})
