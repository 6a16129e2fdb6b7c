import { type Clock, systemClock } from '@breakwater/circuit'
import { aFunction, anObject, type Checks, checkOptions, invalid, required } from '@breakwater/circuit/shared'
import { aClock, aPort, regionAndAccountChecks } from '../aws/checks.ts'
import { type RegionAndAccount, regionAndAccountOf } from '../aws/identifiers.ts'
import { type OnRequest, startJsonService } from '../aws/json-service.ts'
import { describe } from './errors.ts'
import { operationsOf } from './operations.ts'
import { Queue } from './queue.ts'
import { type QueueSettings, settingsOf } from './settings.ts'

/** Options of {@link createQueues}. */
export interface QueuesOptions extends RegionAndAccount {
  /** Properties of the AWS::SQS::Queue resources, references resolved, by queue name. */
  readonly queues: Readonly<Record<string, unknown>>
  /** Called before each operation. */
  readonly onRequest?: OnRequest | undefined
  /** @default 0, a free one */
  readonly port?: number
  /** @default the machine's */
  readonly clock?: Clock
}

const checks: Checks<QueuesOptions> = {
  ...regionAndAccountChecks,
  queues: required(anObject),
  onRequest: aFunction,
  port: aPort,
  clock: aClock,
}

/** Queues and their SQS endpoint. */
export interface Queues {
  readonly port: number
  /** Of the endpoint, for an SQS client of the SDK. */
  readonly url: string
  /** By name. */
  readonly queues: ReadonlyMap<string, Queue>
  /** Finds a queue by its ARN. */
  byArn(arn: string): Queue | undefined
  /** The URL of a queue, as templates and clients name it. */
  urlOf(name: string): string
  /** Ends every wait and the endpoint. Messages are gone. */
  close(): Promise<void>
}

/**
 * Makes queues in memory and starts the endpoint through which the SDK's SQS client reaches them: visibility timeouts,
 * delays, long polling, dead-letter queues, FIFO groups and deduplication. A message may have 256 KiB unless the queue's
 * MaximumMessageSize says otherwise; what an action, parameter or property is not supported for is an error that names it.
 *
 * @throws TypeError naming the option, or the queue and the property that is wrong or not supported; PortError for a
 * port that cannot be had.
 * @example
 * const queues = await createQueues({ queues: { orders: { VisibilityTimeout: 60 } } })
 * const client = new SQSClient({ endpoint: queues.url, region, credentials })
 * await client.send(new SendMessageCommand({ QueueUrl: queues.urlOf('orders'), MessageBody: '{}' }))
 */
export async function createQueues(options: QueuesOptions): Promise<Queues> {
  const { clock = systemClock, port = 0 } = checkOptions('createQueues', options, checks)
  const { region, account } = regionAndAccountOf(options)
  const arnOf = (name: string) => `arn:aws:sqs:${region}:${account}:${name}`
  const queues = new Map<string, Queue>()
  const byArn = (arn: string) => [...queues.values()].find(queue => queue.arn === arn)
  for (const [name, properties] of Object.entries(options.queues)) {
    const settings = settingsOf(name, properties)
    const { redrive } = settings
    const deadLetters = redrive && { deadLetters: () => byArn(redrive.deadLetterArn)! }
    queues.set(name, new Queue(settings, { arn: arnOf(name), clock, ...deadLetters }))
  }
  for (const queue of queues.values()) checkRedrive(queue, byArn)

  let url = ''
  const urlOf = (name: string) => `${url}/${account}/${name}`
  const service = await startJsonService({
    target: 'AmazonSQS',
    version: '1.0',
    operations: operationsOf({ queues, urlOf }),
    describe,
    onRequest: options.onRequest,
    port,
    portOption: '--sqs-port',
  })
  url = service.url
  return {
    port: service.port,
    url,
    queues,
    byArn,
    urlOf,
    async close() {
      for (const queue of queues.values()) queue.close()
      await service.close()
    },
  }
}

function checkRedrive({ settings, arn }: Queue, byArn: (arn: string) => Queue | undefined): void {
  const { redrive, name }: QueueSettings = settings
  if (!redrive) return
  const at = `${name}.RedrivePolicy.deadLetterTargetArn`
  const target = byArn(redrive.deadLetterArn)
  if (!target || target.arn === arn)
    throw invalid(at, redrive.deadLetterArn, 'the ARN of another queue that is here')
  if (target.settings.redriveFrom?.includes(arn) === false) {
    throw invalid(at, redrive.deadLetterArn, `a queue whose RedriveAllowPolicy lets ${name} in`)
  }
}
