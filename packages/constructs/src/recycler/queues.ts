import { Duration, type RemovalPolicy } from 'aws-cdk-lib'
import { type DeadLetterQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { acknowledge } from '../acknowledge.ts'

/** Where events wait, and where those end that could not be handled. */
export interface RecyclerQueues {
  readonly queue: Queue
  readonly deadLetterQueue: Queue
}

/** Receives before a message is a dead letter. */
const maxReceiveCount = 5

/**
 * Makes the queues: encrypted, and closed to plain HTTP.
 *
 * @param timeoutSeconds of the function that reads the queue.
 */
export function recyclerQueues(
  scope: Construct,
  removalPolicy: RemovalPolicy,
  timeoutSeconds: number,
): RecyclerQueues {
  const make = (id: string, visibilitySeconds: number, deadLetters?: DeadLetterQueue) =>
    new Queue(scope, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.seconds(visibilitySeconds),
      removalPolicy,
      ...(deadLetters && { deadLetterQueue: deadLetters }),
    })
  const deadLetterQueue = make('DeadLetters', 30)
  acknowledge(deadLetterQueue, { 'Serverless-SQSRedrivePolicy': 'It is where dead letters end' })
  // Lambda asks for six times the function's timeout, so that a batch that was throttled is not handed out twice.
  const queue = make('Changes', 6 * timeoutSeconds, { queue: deadLetterQueue, maxReceiveCount })
  return { queue, deadLetterQueue }
}
