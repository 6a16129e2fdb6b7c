import { expect, test } from 'vitest'
import { settingsOf } from './settings.ts'

const dead = 'arn:aws:sqs:eu-west-1:123456789012:dead'

test('the defaults are the service’s', () => {
  expect(settingsOf('orders', {})).toEqual({
    name: 'orders',
    fifo: false,
    contentBasedDeduplication: false,
    deduplicationScope: 'queue',
    delaySeconds: 0,
    visibilityTimeout: 30,
    waitTimeSeconds: 0,
    retentionSeconds: 345_600,
    maximumMessageSize: 262_144,
    redrive: undefined,
    redriveFrom: undefined,
    shown: {},
  })
})

test('numbers and policies may be texts, as CloudFormation has it', () => {
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount: '3' })
  expect(
    settingsOf('orders', { VisibilityTimeout: '60', RedrivePolicy, KmsMasterKeyId: 'alias/x' }),
  ).toMatchObject({
    visibilityTimeout: 60,
    redrive: { deadLetterArn: dead, maxReceiveCount: 3 },
    shown: { KmsMasterKeyId: 'alias/x' },
  })
})

test.each<[string, unknown, string]>([
  ['orders', 'text', 'orders: got "text"'],
  ['orders', { QueueName: 'other' }, 'orders.QueueName: got "other"; allowed is "orders"'],
  ['or ders', {}, 'QueueName: got "or ders"'],
  ['orders', { FifoQueue: true }, 'QueueName: got "orders"'],
  ['orders.fifo', {}, 'QueueName: got "orders.fifo"'],
  ['orders', { Colour: 'red' }, 'orders.Colour: got "red"; allowed is nothing: supported are QueueName'],
  ['orders', { DelaySeconds: 901 }, 'orders.DelaySeconds: got 901; allowed is a whole number from 0 to 900'],
  ['orders', { VisibilityTimeout: 1.5 }, 'orders.VisibilityTimeout: got 1.5'],
  ['orders', { MaximumMessageSize: 1_048_577 }, 'orders.MaximumMessageSize: got 1048577'],
  ['orders', { MessageRetentionPeriod: 59 }, 'orders.MessageRetentionPeriod: got 59'],
  ['orders', { ReceiveMessageWaitTimeSeconds: 21 }, 'orders.ReceiveMessageWaitTimeSeconds: got 21'],
  [
    'orders',
    { ContentBasedDeduplication: true },
    'orders.ContentBasedDeduplication: got true; allowed is nothing',
  ],
  ['o.fifo', { FifoQueue: true, DeduplicationScope: 'x' }, 'o.fifo.DeduplicationScope: got "x"'],
  [
    'orders',
    { RedrivePolicy: { deadLetterTargetArn: dead } },
    'orders.RedrivePolicy.maxReceiveCount: got undefined',
  ],
  [
    'orders',
    { RedrivePolicy: { deadLetterTargetArn: 'dead', maxReceiveCount: 1 } },
    'deadLetterTargetArn: got "dead"',
  ],
  [
    'orders',
    { RedrivePolicy: { deadLetterTargetArn: `${dead}.fifo`, maxReceiveCount: 1 } },
    'of a standard queue',
  ],
  ['orders', { RedrivePolicy: { maxReceives: 1 } }, 'orders.RedrivePolicy.maxReceives: got 1'],
  ['orders', { RedriveAllowPolicy: { redrivePermission: 'some' } }, 'redrivePermission: got "some"'],
  [
    'orders',
    { RedriveAllowPolicy: { redrivePermission: 'byQueue', sourceQueueArns: 'x' } },
    'sourceQueueArns: got "x"',
  ],
])('settingsOf refuses %s %j', (name, properties, message) => {
  expect(() => settingsOf(name, properties)).toThrow(TypeError)
  expect(() => settingsOf(name, properties)).toThrow(message)
})
