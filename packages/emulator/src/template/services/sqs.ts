import { sqsChecks } from '../../access/checks.ts'
import { createQueues } from '../../queues/endpoint.ts'
import { arnOf, type NamedResource, nameOf, physicalName } from '../naming.ts'
import { Registry } from '../registry.ts'
import type { ServiceDefinition } from '../service.ts'

const queueUrl = ({ queueOrigin, account, name }: NamedResource) => `${queueOrigin}/${account}/${name}`

/** Queues and their endpoint. */
export const sqs: ServiceDefinition = {
  types: {
    'AWS::SQS::Queue': {
      naming: {
        nameProperty: 'QueueName',
        generated: ({ stack, id, property }) =>
          physicalName(stack, id, 80, property('FifoQueue') === 'true' ? '.fifo' : ''),
        arn: arnOf('sqs', nameOf),
        ref: queueUrl,
        attributes: { QueueName: nameOf, QueueUrl: queueUrl },
      },
    },
  },

  async start(resources, { region, account, clock, ports, callers }) {
    const queues = await createQueues({
      queues: Object.fromEntries(resources.map(({ name, properties }) => [name, properties])),
      region,
      account,
      clock,
      onRequest: (authorization, action, input) =>
        callers.report(callers.signedBy(authorization), () => sqsChecks({ region, account }, action, input)),
      port: ports.sqs ?? 0,
    })
    return {
      endpoints: { sqs: queues.url },
      members: {
        queues: new Registry(
          'queue',
          resources.map(resource => [resource, queues.queues.get(resource.name)!]),
        ),
      },
      queue: arn => queues.byArn(arn),
      receiverOf(arn) {
        const queue = queues.byArn(arn)
        return queue && ((body, groupId) => queue.send({ body, ...(groupId !== undefined && { groupId }) }))
      },
      close: () => queues.close(),
    }
  },
}
