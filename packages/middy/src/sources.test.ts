import { describe, expect, it } from 'vitest'
import { circuitOf } from './chain.fixture.ts'
import { cloudFront, firehose, kafka, kinesis, rest, s3, sns, sqs } from './events.fixture.ts'
import { guardRecords } from './index.ts'

const sources = 'allowed is aws:sqs, aws:kinesis, aws:dynamodb'
const records = 'allowed is the records of an event of SQS, Kinesis or a DynamoDB stream'
const [message] = sqs(['a']).Records
const [streamed] = kinesis(['k']).Records

describe('guardRecords refuses', () => {
  it.each<[string, unknown, string]>([
    ['an event of S3', s3, `event.Records[0].eventSource: got "aws:s3"; ${sources}`],
    ['an event of SNS', sns, `event.Records[0].eventSource: got undefined; ${sources}`],
    ['an event of CloudFront', cloudFront, `event.Records[0].eventSource: got undefined; ${sources}`],
    ['an event of Firehose', firehose, `event.Records: got undefined; ${records}`],
    ['an event of Kafka', kafka, `event.Records: got undefined; ${records}`],
    ['an event of an API', rest, `event.Records: got undefined; ${records}`],
    ['no event', undefined, `event.Records: got undefined; ${records}`],
    ['records that are no list', { Records: 'a' }, `event.Records: got "a"; ${records}`],
    ['a record that is none', { Records: [null] }, `event.Records[0].eventSource: got undefined; ${sources}`],
    [
      'records of two sources',
      { Records: [message, streamed] },
      'event.Records[1].eventSource: got "aws:kinesis"; allowed is aws:sqs, as of the first record',
    ],
    [
      'a source by the name of a method',
      { Records: [{ eventSource: 'toString' }] },
      `event.Records[0].eventSource: got "toString"; ${sources}`,
    ],
    [
      'a record without its identifier',
      { Records: [streamed, { ...streamed, kinesis: {} }] },
      'event.Records[1].kinesis.sequenceNumber: got undefined; allowed is a text of 1 to 256 characters',
    ],
    [
      'a record of a DynamoDB stream without a change',
      { Records: [{ eventSource: 'aws:dynamodb' }] },
      'event.Records[0].dynamodb.SequenceNumber: got undefined; allowed is a text of 1 to 256 characters',
    ],
  ])('%s', async (_, event, message) => {
    const { circuit } = circuitOf()
    const running = guardRecords(circuit, event as never, () => 'done')
    await expect(running).rejects.toThrow(new TypeError(`guardRecords: ${message}`))
  })
})

it('guardRecords of an empty batch, as at the end of a tumbling window, returns no failures', async () => {
  const { circuit } = circuitOf()
  expect(await guardRecords(circuit, { Records: [] }, () => 'done')).toEqual({ batchItemFailures: [] })
})

it.each([0, -1, 1.5, Number.NaN, Infinity, '2'])(
  'guardRecords refuses a concurrency of %s',
  async concurrency => {
    const { circuit } = circuitOf()
    const running = guardRecords(circuit, sqs(['a']), () => 'done', { concurrency: concurrency as number })
    await expect(running).rejects.toThrow(
      /^guardRecords: concurrency: got .*; allowed is a whole number above 0/,
    )
  },
)

it('guardRecords refuses an option that does not exist', async () => {
  const { circuit } = circuitOf()
  const running = guardRecords(circuit, sqs(['a']), () => 'done', { concurency: 2 } as never)
  await expect(running).rejects.toThrow(
    /^guardRecords: option: got "concurency"; .*did you mean concurrency\?$/,
  )
})
