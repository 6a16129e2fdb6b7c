import { acknowledge } from '@breakwater/constructs'
import { Duration, type RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib'
import { EventBus, type IEventBus, Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import type { Settings } from './settings.ts'

/** Source and detail type of the events about transitions of circuits. */
export const circuitEvents = { source: 'breakwater', transition: 'Circuit State Changed' } as const

/** A bus for events about circuits and recycles, and a queue that keeps the transitions. */
export class EventsStack extends Stack {
  readonly bus: IEventBus
  readonly transitions: Queue

  constructor(scope: Construct, id: string, { stage, removalPolicy }: Settings, props?: StackProps) {
    super(scope, id, props)
    // EventBus is an IEventBus but for exactOptionalPropertyTypes.
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: stage === 'prod' ? 'breakwater' : `breakwater-${stage}`,
      description: 'Events about circuits and recycles',
    }) as IEventBus
    const undelivered = this.#queue('Undelivered', removalPolicy)
    acknowledge(undelivered, { 'Serverless-SQSRedrivePolicy': 'It is where dead letters end' })
    this.transitions = this.#queue('Transitions', removalPolicy, undelivered)
    new Rule(this, 'OnTransition', {
      eventBus: this.bus,
      description: 'Keeps every transition of a circuit',
      eventPattern: { source: [circuitEvents.source], detailType: [circuitEvents.transition] },
      targets: [new SqsQueue(this.transitions, { deadLetterQueue: undelivered })],
    })
  }

  #queue(id: string, removalPolicy: RemovalPolicy, deadLetters?: Queue): Queue {
    return new Queue(this, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.seconds(60),
      removalPolicy,
      ...(deadLetters && { deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 } }),
    })
  }
}
