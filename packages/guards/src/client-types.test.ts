import { DynamoDBClient, GetItemCommand, type GetItemCommandOutput } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { GetObjectCommand, type GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3'
import { SQSClient } from '@aws-sdk/client-sqs'
import { Circuit, Circuits } from '@breakwater/circuit'
import { expectTypeOf, it } from 'vitest'
import { guardClient } from './client.ts'

const circuits = new Circuits()
const config = { region: 'eu-west-1' }

it('guardClient leaves the type of a client alone', () => {
  const dynamo = guardClient(new DynamoDBClient(config), circuits)
  expectTypeOf(dynamo).toEqualTypeOf<DynamoDBClient>()
  expectTypeOf(guardClient(new SQSClient(config), new Circuit('sqs'))).toEqualTypeOf<SQSClient>()
  expectTypeOf(guardClient(new LambdaClient(config), circuits)).toEqualTypeOf<LambdaClient>()
  const s3 = guardClient(new S3Client(config), circuits)
  expectTypeOf(s3).toEqualTypeOf<S3Client>()
  const getItem = () => dynamo.send(new GetItemCommand({ TableName: 't', Key: {} }))
  expectTypeOf(getItem).returns.resolves.toEqualTypeOf<GetItemCommandOutput>()
  const getObject = () => s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))
  expectTypeOf(getObject).returns.resolves.toEqualTypeOf<GetObjectCommandOutput>()
})

it('guardClient refuses what is no client, no circuit or no option', () => {
  const client = new DynamoDBClient(config)
  const refused = () => [
    // @ts-expect-error: has no middleware stack
    guardClient({}, circuits),
    // @ts-expect-error: is no circuit
    guardClient(client, {}),
    // @ts-expect-error: there is no such option
    guardClient(client, circuits, { counts: 'attempts' }),
    // @ts-expect-error: an output is an object
    guardClient(client, circuits, { fallback: () => undefined }),
  ]
  expectTypeOf(refused).toBeFunction()
})

it('guardClient types what the functions among the options are asked about', () => {
  guardClient(new DynamoDBClient(config), circuits, {
    key: call => {
      expectTypeOf(call.operation).toBeString()
      expectTypeOf(call.input.TableName).toBeUnknown()
      return call.service
    },
    fallback: (error, call) => {
      expectTypeOf(error).toBeUnknown()
      expectTypeOf(call.cause).toEqualTypeOf<'rejected' | 'failed'>()
      return {}
    },
  })
})
