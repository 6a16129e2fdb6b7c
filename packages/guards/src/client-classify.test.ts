// Exceptions of real clients, made of real answers, as both classifiers judge them.
import { Agent, type AgentOptions } from 'node:http'
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CopyObjectCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { classify, type Verdict } from '@breakwater/circuit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Answer,
  type AwsEndpoint,
  awsError,
  configOf,
  ok,
  startAwsEndpoint,
} from './aws-endpoint.fixture.ts'
import { classifyAws } from './client-classify.ts'

// One each: some of the cases never ask theirs.
let aws: AwsEndpoint
beforeEach(async () => {
  aws = await startAwsEndpoint()
})
afterEach(() => aws.close())

type Send = () => Promise<unknown>
type Case = readonly [what: string, answer: Answer, byDefault: Verdict, better?: Verdict, send?: Send]

const failure = { outcome: 'failure' } as const
const after = (retryAfterMs: number) => ({ outcome: 'failure', retryAfterMs }) as const
const html = (status: number): Answer => ({
  status,
  body: '<html>502</html>',
  headers: { 'content-type': 'text/html' },
})
const xml = (status: number, code: string): Answer => ({
  status,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`,
  headers: { 'content-type': 'application/xml' },
})
const cancelled = (Code: string) =>
  awsError('TransactionCanceledException', 400, { CancellationReasons: [{ Code: 'None' }, { Code }] })
const unavailable = (headers: Record<string, string>): Answer => ({ status: 503, body: '{}', headers })

const getItem = (extra: object = {}) =>
  new DynamoDBClient({ ...configOf(aws.endpoint), ...extra }).send(
    new GetItemCommand({ TableName: 't', Key: { id: { S: '1' } } }),
  )
const s3 = () => new S3Client({ ...configOf(aws.endpoint), forcePathStyle: true })
const getObject = () => s3().send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))
const copyObject = () => s3().send(new CopyObjectCommand({ Bucket: 'b', Key: 'k', CopySource: 'b/x' }))
const invoke = () => new LambdaClient(configOf(aws.endpoint)).send(new InvokeCommand({ FunctionName: 'f' }))
const sendBatch = () =>
  new SQSClient(configOf(aws.endpoint)).send(
    new SendMessageBatchCommand({
      QueueUrl: `${aws.endpoint}/1/q`,
      Entries: [{ Id: '1', MessageBody: 'x' }],
    }),
  )
const aborted = () =>
  new DynamoDBClient(configOf(aws.endpoint)).send(
    new GetItemCommand({ TableName: 't', Key: { id: { S: '1' } } }),
    { abortSignal: AbortSignal.abort() },
  )
const noCredentials = () => {
  const error = Object.assign(new Error('none found'), { name: 'CredentialsProviderError' })
  return getItem({ credentials: () => Promise.reject(error) })
}
const noName = () => {
  type Lookup = NonNullable<AgentOptions['lookup']>
  const lookup: Lookup = (_name, _options, callback) =>
    callback(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), '')
  return getItem({ endpoint: 'http://nowhere.test', requestHandler: { httpAgent: new Agent({ lookup }) } })
}
const refused = async () => {
  const gone = await startAwsEndpoint()
  await gone.close()
  return getItem({ endpoint: gone.endpoint })
}
const impatient = () => getItem({ requestHandler: { requestTimeout: 1, throwOnRequestTimeout: true } })
const tooMany: Answer = {
  status: 429,
  body: '{"Type":"User","Message":"Rate exceeded"}',
  headers: { 'x-amzn-errortype': 'TooManyRequestsException', 'retry-after': '3' },
}
const badMd5 = ok({ Successful: [{ Id: '1', MessageId: 'm', MD5OfMessageBody: 'bad' }], Failed: [] })

// Where nothing better is named, the default is right.
const cases: readonly Case[] = [
  ['throttling', awsError('ThrottlingException'), failure],
  ['a hot table', awsError('ProvisionedThroughputExceededException'), failure],
  ['a request limit', awsError('RequestLimitExceeded'), failure],
  ['a transaction under way', awsError('TransactionInProgressException'), 'success', failure],
  ['a transaction cancelled by throttling', cancelled('ThrottlingError'), 'success', failure],
  ['a transaction cancelled by a condition', cancelled('ConditionalCheckFailed'), 'success'],
  ['a missing table', awsError('ResourceNotFoundException'), 'success'],
  ['a failed condition', awsError('ConditionalCheckFailedException'), 'success'],
  ['no permission', awsError('AccessDeniedException'), 'success'],
  ['an expired token', awsError('ExpiredTokenException'), 'success'],
  ['too large a collection', awsError('ItemCollectionSizeLimitExceededException'), failure, 'success'],
  ["a client's mistake said with 500", awsError('ResourceNotFoundException', 500), failure],
  ['429 by a name of its own', awsError('OutOfBreath', 429), failure],
  ['500', awsError('InternalServerError', 500), failure],
  ['408', awsError('RequestExpired', 408), failure],
  ['503 with Retry-After', unavailable({ 'retry-after': '7' }), after(7_000)],
  ['503 with x-amz-retry-after', unavailable({ 'x-amz-retry-after': '700' }), failure, after(700)],
  ['invalid JSON with 200', { status: 200, body: '{"Item":' }, 'success', failure],
  ['invalid JSON with 400', { status: 400, body: '{"Item":' }, 'success', failure],
  ['invalid JSON with 500', { status: 500, body: '{"Item":' }, failure],
  ['a truncated body with 200', { status: 200, body: '{"Item":', cut: true }, 'success', failure],
  ['a truncated body with 500', { status: 500, body: '{"Item":', cut: true }, failure],
  ['HTML with 200', html(200), 'success', failure],
  ["a proxy's HTML with 403", html(403), 'success', failure],
  ['HTML with 502', html(502), failure],
  ['a connection reset', 'reset', failure],
  ['a refused connection', ok(), failure, failure, refused],
  ['a name that does not resolve', ok(), failure, failure, noName],
  ["the request handler's own timeout", 'hang', failure, failure, impatient],
  ['missing credentials', ok(), failure, 'ignored', noCredentials],
  ["a caller's abort", ok(), failure, 'ignored', aborted],
  ['too many Lambda requests', tooMany, after(3_000), after(3_000), invoke],
  ['too large a batch for SQS', awsError('TooManyEntriesInBatchRequest'), failure, 'success', sendBatch],
  ['a wrong checksum of SQS', badMd5, failure, failure, sendBatch],
  ['a missing object', xml(404, 'NoSuchKey'), 'success', 'success', getObject],
  ['an object not modified', { status: 304 }, 'success', 'success', getObject],
  ["S3's slow down", xml(503, 'SlowDown'), failure, failure, getObject],
  ["S3's timeout with 400", xml(400, 'RequestTimeout'), 'success', failure, getObject],
  ["S3's error with 200", xml(200, 'InternalError'), failure, failure, copyObject],
]

function unexpected(): never {
  throw new Error('no error came')
}

describe('an error of the SDK:', () => {
  for (const [what, answer, byDefault, better = byDefault, send = getItem] of cases) {
    it(what, async () => {
      aws.answers(answer)
      const error: unknown = await send().then(unexpected, reason => reason)
      expect(classify({ ok: false, error })).toEqual(byDefault)
      expect(classifyAws({ ok: false, error })).toEqual(better)
    })
  }
})

it('classifyAws takes what the SDK marks as worth a retry for a failure', () => {
  const error = { $fault: 'client', $metadata: { httpStatusCode: 400 }, $retryable: { throttling: false } }
  expect(classifyAws({ ok: false, error })).toEqual(failure)
})

it('classifyAws leaves everything that is no error of the SDK to classify', () => {
  expect(classifyAws({ ok: true, value: { $metadata: {} } })).toBe('success')
  expect(classifyAws({ ok: false, error: new Error('other') })).toEqual(failure)
  expect(classifyAws({ ok: false, error: undefined })).toEqual(failure)
  expect(classifyAws({ ok: false, error: { status: 404 } })).toBe('success')
})

it('classifyAws looks at no more reasons than a transaction can have', () => {
  const reasons = (codes: readonly string[]) => codes.map(Code => ({ Code }))
  const cancelled = (CancellationReasons: unknown) => ({
    name: 'TransactionCanceledException',
    $fault: 'client',
    $metadata: { httpStatusCode: 400 },
    CancellationReasons,
  })
  const judge = (error: unknown) => classifyAws({ ok: false, error })
  const none = Array.from({ length: 99 }, () => 'None')
  expect(judge(cancelled(reasons([...none, 'ThrottlingError'])))).toEqual(failure)
  const endless = reasons(none)
  endless.length = 2 ** 32 - 1
  expect(judge(cancelled(endless))).toBe('success')
})
