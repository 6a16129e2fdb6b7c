import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
} from '@aws-sdk/client-dynamodb'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { DeleteObjectsCommand, S3Client } from '@aws-sdk/client-s3'
import { SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { Circuits } from '@breakwater/circuit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type Answer,
  type AwsEndpoint,
  awsError,
  circuitOf,
  configOf,
  ok,
  startAwsEndpoint,
} from './aws-endpoint.fixture.ts'
import { guardClient } from './client.ts'
import { awsOutputRules } from './client-outputs.ts'
import { type AwsOutputRule, classifyAws, type GuardClientOptions } from './index.ts'

let aws: AwsEndpoint
beforeEach(async () => {
  aws = await startAwsEndpoint()
})
afterEach(() => aws.close())

const functionError = (kind: string, error: object): Answer => ({
  status: 200,
  body: JSON.stringify(error),
  headers: { 'x-amz-function-error': kind },
})
const timedOut = functionError('Unhandled', { errorMessage: 'Task timed out after 3.00 seconds' })
const thrown = functionError('Handled', { errorType: 'Error', errorMessage: 'no' })
const rejected = functionError('Unhandled', { errorType: 'CircuitOpenError', errorMessage: 'busy' })
const garbled: Answer = { status: 200, body: 'oops', headers: { 'x-amz-function-error': 'Unhandled' } }
const successful = { Id: '1', MessageId: 'm', MD5OfMessageBody: '9dd4e461268c8034f5c8564e155c67a6' }
const batch = (...Failed: readonly object[]) => ok({ Failed })
const internal = { Id: '1', SenderFault: false, Code: 'InternalError' }
const sendersFault = { Id: '2', SenderFault: true, Code: 'InvalidMessageContents' }
const write = (n: number) => Array.from({ length: n }, () => ({ PutRequest: { Item: { id: { S: '1' } } } }))
const keys = (n: number) => Array.from({ length: n }, (_, id) => ({ id: { S: `${id}` } }))
const execution = (fields: object) => ok({ executionArn: 'arn', startDate: 1, stopDate: 2, ...fields })
const xml = (errors: string): Answer => ({
  status: 200,
  body: `<?xml version="1.0"?><DeleteResult>${errors}</DeleteResult>`,
  headers: { 'content-type': 'application/xml' },
})
const s3Error = (code: string) => `<Error><Key>k</Key><Code>${code}</Code></Error>`

type Send = (options: GuardClientOptions, circuits: Parameters<typeof guardClient>[1]) => Promise<object>

const invoke: Send = (options, circuits) =>
  guardClient(new LambdaClient(configOf(aws.endpoint)), circuits, options).send(
    new InvokeCommand({ FunctionName: 'f' }),
  )
const sendBatch: Send = (options, circuits) =>
  guardClient(new SQSClient(configOf(aws.endpoint)), circuits, options).send(
    new SendMessageBatchCommand({
      QueueUrl: `${aws.endpoint}/1/q`,
      Entries: [
        { Id: '1', MessageBody: 'x' },
        { Id: '2', MessageBody: 'x' },
      ],
    }),
  )
const dynamo = (options: GuardClientOptions, circuits: Parameters<typeof guardClient>[1]) =>
  guardClient(new DynamoDBClient(configOf(aws.endpoint)), circuits, options)
const batchWrite: Send = (options, circuits) =>
  dynamo(options, circuits).send(new BatchWriteItemCommand({ RequestItems: { a: write(2), b: write(1) } }))
const batchGet: Send = (options, circuits) =>
  dynamo(options, circuits).send(
    new BatchGetItemCommand({ RequestItems: { a: { Keys: keys(2) }, b: { Keys: keys(1) } } }),
  )
const deleteObjects: Send = (options, circuits) =>
  guardClient(new S3Client({ ...configOf(aws.endpoint), forcePathStyle: true }), circuits, options).send(
    new DeleteObjectsCommand({ Bucket: 'b', Delete: { Objects: [{ Key: 'a' }, { Key: 'b' }], Quiet: true } }),
  )
const startSync: Send = (options, circuits) =>
  guardClient(new SFNClient({ ...configOf(aws.endpoint), disableHostPrefix: true }), circuits, options).send(
    new StartSyncExecutionCommand({ stateMachineArn: 'arn' }),
  )

describe('an output with status 200:', () => {
  it.each<[what: string, outcome: string, send: Send, answer: Answer]>([
    ['an answer of a function', 'success', invoke, ok({ FunctionError: 'in the payload' })],
    ['a function that timed out', 'failure', invoke, timedOut],
    ['a function that threw', 'failure', invoke, thrown],
    ['a function whose error is no JSON', 'failure', invoke, garbled],
    ['a function whose own circuit rejected', 'ignored', invoke, rejected],
    ['a batch of SQS', 'success', sendBatch, ok({ Successful: [successful], Failed: [internal] })],
    ['a batch that SQS refused', 'failure', sendBatch, batch(internal, { ...internal, Id: '2' })],
    ['a batch refused by both faults', 'failure', sendBatch, batch(internal, sendersFault)],
    [
      "a batch of the sender's faults",
      'success',
      sendBatch,
      batch({ ...sendersFault, Id: '1' }, sendersFault),
    ],
    [
      "throttling by KMS, which SQS calls the sender's fault",
      'failure',
      sendBatch,
      batch({ ...sendersFault, Code: 'KmsThrottled' }),
    ],
    ['a batch of DynamoDB', 'success', batchWrite, ok({ UnprocessedItems: {} })],
    ['a part of it unprocessed', 'success', batchWrite, ok({ UnprocessedItems: { a: write(2) } })],
    ['all of it', 'failure', batchWrite, ok({ UnprocessedItems: { a: write(2), b: write(1) } })],
    ['keys unprocessed', 'success', batchGet, ok({ UnprocessedKeys: { a: { Keys: keys(2) } } })],
    [
      'all keys',
      'failure',
      batchGet,
      ok({ UnprocessedKeys: { a: { Keys: keys(2) }, b: { Keys: keys(1) } } }),
    ],
    ['deleted objects', 'success', deleteObjects, xml('')],
    ['one of two not deleted', 'success', deleteObjects, xml(s3Error('InternalError'))],
    ['none deleted', 'failure', deleteObjects, xml(s3Error('SlowDown') + s3Error('AccessDenied'))],
    ['none allowed', 'success', deleteObjects, xml(s3Error('AccessDenied') + s3Error('AccessDenied'))],
    ['an execution', 'success', startSync, execution({ status: 'SUCCEEDED' })],
    ['an execution that failed', 'failure', startSync, execution({ status: 'FAILED', error: 'E' })],
    ['an execution that took too long', 'failure', startSync, execution({ status: 'TIMED_OUT' })],
    [
      'an execution whose own circuit rejected',
      'ignored',
      startSync,
      execution({ status: 'FAILED', error: 'Breakwater.CircuitOpen' }),
    ],
  ])('%s is a %s, and returned', async (_, outcome, send, answer) => {
    for (const count of ['outcome', 'attempts'] as const) {
      for (const classify of [undefined, classifyAws]) {
        const { circuit, outcomes } = circuitOf(classify ? { classify } : {})
        aws.answers(answer, answer)
        const guarded = await send({ count }, circuit)
        const plain = await send({ key: () => undefined }, new Circuits())
        expect(JSON.stringify(guarded)).toBe(JSON.stringify(plain))
        expect(outcomes()).toEqual([outcome])
      }
    }
  })
})

describe('an output that is a failure', () => {
  it.each(['outcome', 'attempts'] as const)('is answered by the fallback, counting by %s', async count => {
    const { circuit } = circuitOf()
    aws.answers(timedOut, rejected)
    const fallback = vi.fn((output: unknown) => output as object)
    const output = await invoke({ count, fallback }, circuit)
    expect(output).toMatchObject({ FunctionError: 'Unhandled', $metadata: { httpStatusCode: 200 } })
    const call = { service: 'Lambda', operation: 'Invoke', circuit: 'aws', cause: 'failed' }
    expect(fallback.mock.calls).toEqual([
      [expect.objectContaining({ FunctionError: 'Unhandled' }), expect.objectContaining(call)],
    ])
    await invoke({ count, fallback }, circuit)
    expect(fallback).toHaveBeenCalledTimes(1)
  })

  it('opens the circuit: a function that always timed out kept it closed for ever', async () => {
    const { circuit } = circuitOf({ consecutiveFailures: 3 })
    aws.answers(timedOut, timedOut, timedOut)
    for (let call = 0; call < 3; call++) await invoke({}, circuit)
    await expect(invoke({}, circuit)).rejects.toThrow()
    expect(circuit.status().state).toBe('OPEN')
  })

  it("is left to a circuit's own classify, as an error with the output", async () => {
    const classify = vi.fn(() => 'ignored' as const)
    const { circuit, outcomes } = circuitOf({ classify })
    aws.answers(timedOut)
    const output = await invoke({}, circuit)
    const error = expect.objectContaining({ name: 'FailedOutput', output })
    expect(classify.mock.calls).toEqual([[{ ok: false, error }]])
    expect(outcomes()).toEqual(['ignored'])
  })
})

describe('rules of the user', () => {
  const getItem: Send = (options, circuits) =>
    dynamo(options, circuits).send(new GetItemCommand({ TableName: 't', Key: { id: { S: '1' } } }))

  it('are added, or take the place of others', async () => {
    const { circuit, outcomes } = circuitOf()
    const rule = vi.fn<AwsOutputRule>(({ Item }) =>
      Item ? undefined : { outcome: 'failure', retryAfterMs: 9_000 },
    )
    const outputRules = { 'DynamoDB.GetItem': rule, 'Lambda.Invoke': () => 'ignored' as const }
    aws.answers(ok({ Item: { id: { S: '1' } } }), ok(), timedOut)
    for (const send of [getItem, getItem, invoke]) await send({ outputRules }, circuit)
    expect(outcomes()).toEqual(['success', 'failure', 'ignored'])
    expect(rule.mock.calls[0]?.[1]).toMatchObject({ input: { TableName: 't' } })
    const opened = circuitOf({ consecutiveFailures: 1 })
    aws.answers(ok())
    await getItem({ outputRules }, opened.circuit)
    expect(opened.circuit.status().retryAt).toBeGreaterThanOrEqual(opened.clock.now() + 9_000)
  })

  it('may be taken off', async () => {
    const { circuit, outcomes } = circuitOf()
    aws.answers(timedOut)
    await invoke({ outputRules: { 'Lambda.Invoke': undefined } }, circuit)
    expect(outcomes()).toEqual(['success'])
  })

  it('leave an output to classify by any other answer, and by an error', async () => {
    const { circuit, outcomes } = circuitOf()
    const broken = () => {
      throw new Error('bad rule')
    }
    for (const rule of [broken, () => 'success', () => null, () => true, async () => 'failure']) {
      await getItem({ outputRules: { 'DynamoDB.GetItem': rule as AwsOutputRule } }, circuit)
    }
    expect(new Set(outcomes())).toEqual(new Set(['success']))
  })

  it('do not touch errors', async () => {
    const { circuit, outcomes } = circuitOf()
    const rule = vi.fn<AwsOutputRule>(() => 'failure')
    aws.answers(awsError('ConditionalCheckFailedException'))
    await expect(getItem({ outputRules: { 'DynamoDB.GetItem': rule } }, circuit)).rejects.toThrow()
    expect(outcomes()).toEqual(['success'])
    expect(rule).not.toHaveBeenCalled()
  })

  it.each([[null], [[]], [() => {}], [{ GetItem: () => 'failure' }], [{ 'DynamoDB.GetItem': 'failure' }]])(
    'are refused as %j',
    outputRules => {
      const client = new DynamoDBClient({ region: 'eu-west-1' })
      const guard = () => guardClient(client, new Circuits(), { outputRules } as never)
      expect(guard).toThrow(/^guardClient: outputRules: got .*; allowed is functions by Service.Operation$/)
    },
  )
})

describe('the rule of', () => {
  const throttled = { ErrorCode: 'ThrottlingException', ErrorMessage: 'x' }
  const broken = { ErrorCode: 'InternalFailure' }
  const bad = { ErrorCode: 'MalformedDetail' }
  const hot = { ErrorCode: 'ProvisionedThroughputExceededException' }

  it.each<[command: string, failures: readonly object[], others: readonly object[]]>([
    [
      'EventBridge.PutEvents',
      [
        { FailedEntryCount: 2, Entries: [throttled, bad] },
        { FailedEntryCount: 1, Entries: [broken] },
      ],
      [
        { FailedEntryCount: 1, Entries: [throttled, { EventId: '1' }] },
        { FailedEntryCount: 2, Entries: [bad, { ErrorCode: 'AccessDeniedException' }] },
        { FailedEntryCount: 0, Entries: [] },
        {},
      ],
    ],
    [
      'Kinesis.PutRecords',
      [{ FailedRecordCount: 2, Records: [hot, broken] }],
      [{ FailedRecordCount: 1, Records: [hot, { SequenceNumber: '1', ShardId: 's' }] }],
    ],
    [
      'Firehose.PutRecordBatch',
      [{ FailedPutCount: 1, RequestResponses: [{ ErrorCode: 'ServiceUnavailableException' }] }],
      [{ FailedPutCount: 1, RequestResponses: [broken, { RecordId: '1' }] }],
    ],
    [
      'SNS.PublishBatch',
      [{ Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }] }],
      [
        { Failed: [{ Id: '1', Code: 'InvalidParameter', SenderFault: true }] },
        { Successful: [{}], Failed: [] },
      ],
    ],
    [
      'DynamoDB.BatchExecuteStatement',
      [{ Responses: [{ Error: { Code: 'ThrottlingError' } }, { Error: { Code: 'ValidationError' } }] }],
      [
        { Responses: [{ Error: { Code: 'ThrottlingError' } }, { Item: {} }] },
        { Responses: [{ Error: { Code: 'ConditionalCheckFailed' } }] },
      ],
    ],
  ])('%s takes only batches of which nothing was done', (command, failures, others) => {
    const judge = (output: object) => awsOutputRules[command]?.(output as never, { input: {} })
    expect(failures.map(judge)).toEqual(failures.map(() => 'failure'))
    expect(others.map(judge)).toEqual(others.map(() => undefined))
  })
})
