import { invalid } from '@breakwater/circuit/shared'
import { eventsChecks, invokeChecks } from '../../access/checks.ts'
import { type Caller, checkOf, type PermissionCheck } from '../../access/service-call.ts'
import { createEventBus, type EventBus } from '../../events/bus.ts'
import { startEventsEndpoint } from '../../events/endpoint.ts'
import { arnOf, type NamedResource, nameOf, physicalName } from '../naming.ts'
import { Registry } from '../registry.ts'
import type { Receiver, ResourceType, ServiceDefinition, StackContext } from '../service.ts'
import type { ResolvedResource } from '../types.ts'

const busOf = ({ property }: NamedResource) => (property('EventBusName') ?? 'default').split('/').at(-1)!
const busPrefix = (resource: NamedResource, separator: string) =>
  busOf(resource) === 'default' ? '' : `${busOf(resource)}${separator}`

const bus: ResourceType = {
  naming: {
    nameProperty: 'Name',
    arn: arnOf('events', ({ name }) => `event-bus/${name}`),
    attributes: { Name: nameOf },
  },
  properties: {
    supported: ['Name'],
    ignored: {
      Tags: 'nothing asks for tags',
      Description: 'it only tells',
      KmsKeyIdentifier: 'nothing is written to a disk',
      LogConfig: 'dropped events go to the log of the stack',
      Policy: 'nothing is authorised here',
    },
  },
}

const rule: ResourceType = {
  naming: {
    nameProperty: 'Name',
    maxLength: 64,
    arn: arnOf('events', resource => `rule/${busPrefix(resource, '/')}${resource.name}`),
    ref: resource => `${busPrefix(resource, '|')}${resource.name}`,
  },
}

/** A topic is a target of rules only, and its messages go to the log: any property may stand in the template. */
const topic: ResourceType = {
  naming: {
    nameProperty: 'TopicName',
    generated: ({ stack, id, property }) =>
      physicalName(stack, id, 256, property('FifoTopic') === 'true' ? '.fifo' : ''),
    ref: arnOf('sns', nameOf),
    attributes: { TopicArn: arnOf('sns', nameOf), TopicName: nameOf },
  },
}

const isA = (type: string) => (resource: ResolvedResource) => resource.type === type

/** Event buses with their rules, and topics as targets of rules. */
export const events: ServiceDefinition = {
  types: { 'AWS::Events::EventBus': bus, 'AWS::Events::Rule': rule, 'AWS::SNS::Topic': topic },

  async start(resources, context) {
    const rules = resources.filter(isA('AWS::Events::Rule'))
    const declared = resources.filter(isA('AWS::Events::EventBus'))
    const topics = resources.filter(isA('AWS::SNS::Topic')).map(({ ref }) => ref)
    const buses = createBuses(declared, rules, context)
    const { callers, region, account, ports } = context
    const endpoint = await startEventsEndpoint({
      buses,
      port: ports.events ?? 0,
      onRequest: (authorization, action, input) =>
        callers.report(callers.signedBy(authorization), () =>
          eventsChecks({ region, account }, action, input),
        ),
    })
    const named = (bus: EventBus) =>
      declared.find(({ name }) => name === bus.name) ?? {
        stack: '',
        id: bus.name,
        name: bus.name,
        arn: bus.arn,
      }
    return {
      endpoints: { events: endpoint.url },
      members: {
        buses: new Registry(
          'event bus',
          buses.map(bus => [named(bus), bus]),
        ),
      },
      emit: event => void buses.find(({ name }) => name === 'default')?.put(event),
      receiverOf(arn) {
        if (topics.includes(arn)) return input => context.log(`Message to ${arn}: ${input}`)
        const bus = buses.find(bus => bus.arn === arn)
        return bus && forwardTo(bus)
      },
      connect: () => checkTargets(rules, context),
      async close() {
        await endpoint.close()
        for (const bus of buses) await bus.close()
      },
    }
  },
}

/** The default bus, which every account has, and those of the template, with their rules. */
function createBuses(
  declared: readonly ResolvedResource[],
  rules: readonly ResolvedResource[],
  context: StackContext,
): readonly EventBus[] {
  const { region, account, clock, random, log } = context
  const names = new Map([['default', 'default']])
  for (const { name, arn } of declared) names.set(name, name).set(arn!, name)
  names.set(`arn:aws:events:${region}:${account}:event-bus/default`, 'default')
  const rulesOf = new Map<string, Record<string, unknown>>([...names.values()].map(name => [name, {}]))
  for (const { id, stack, where, name, properties } of rules) {
    const { EventBusName = 'default' } = properties
    const own = rulesOf.get(names.get(String(EventBusName)) ?? '')
    if (!own)
      throw invalid(`${where}.Properties.EventBusName`, EventBusName, 'the default bus or one of the stacks')
    own[Object.hasOwn(own, id) ? `${stack}.${id}` : id] = { ...properties, Name: name }
  }
  const callerOf = ruleCallers(rules, account)
  return [...rulesOf].map(([name, rules]) =>
    createEventBus({
      region,
      account,
      clock,
      random,
      name,
      rules,
      deliver(arn, input, { rule, event, messageGroupId, roleArn }) {
        const receive = context.receiverOf(arn)
        const caller = callerOf(rule.arn, roleArn)
        context.callers.report(caller, () => deliveryChecks(context, arn, event))
        // Targets are checked when all services have started: this is an event of before.
        if (!receive) throw Object.assign(new Error(`Nothing here is ${arn}`), { retryable: false })
        return receive(input, messageGroupId)
      },
      deadLetter(arn, { body, attributes }) {
        const caller = callerOf(String(attributes.RULE_ARN), undefined)
        context.callers.report(caller, () => [checkOf('sqs:SendMessage', arn)])
        return sendDeadLetter(context, arn, body, attributes)
      },
      dropped: ({ event, targetArn, reason, error }) =>
        log(`Event ${event.id} (${event['detail-type']}) did not reach ${targetArn} (${reason}): ${error}`),
    }),
  )
}

/** Rules as callers, by their ARN; EventBridge says for which rule it calls. */
function ruleCallers(
  rules: readonly ResolvedResource[],
  account: string,
): (ruleArn: string, roleArn: string | undefined) => Caller {
  const callers = new Map<string, Caller>()
  return (ruleArn, roleArn) => {
    const key = `${ruleArn} ${roleArn}`
    const rule = rules.find(({ arn }) => arn === ruleArn)
    const caller = callers.get(key) ?? {
      name: rule ? `${rule.stack}.${rule.id}` : ruleArn,
      service: 'events.amazonaws.com',
      roleArn,
      source: { 'aws:SourceArn': ruleArn, 'aws:SourceAccount': account },
    }
    callers.set(key, caller)
    return caller
  }
}

/** What IAM is asked before an event reaches a target. */
function deliveryChecks(
  place: StackContext,
  arn: string,
  event: { readonly source: string; readonly 'detail-type': string },
): readonly PermissionCheck[] {
  switch (arn.split(':')[2]) {
    case 'lambda':
      return invokeChecks(place, arn)
    case 'states':
      return [checkOf('states:StartExecution', arn)]
    case 'sns':
      return [checkOf('sns:Publish', arn)]
    case 'events':
      return [
        checkOf('events:PutEvents', arn, {
          'events:source': event.source,
          'events:detail-type': event['detail-type'],
        }),
      ]
    default:
      return [checkOf('sqs:SendMessage', arn)]
  }
}

function forwardTo(bus: EventBus): Receiver {
  return input => {
    const { source, 'detail-type': detailType, detail, resources, time } = JSON.parse(input)
    bus.put({ source, detailType, detail, resources, at: Date.parse(time) })
  }
}

/** Sends an event that could not be delivered to its dead-letter queue, with the reasons as attributes. */
function sendDeadLetter(
  context: StackContext,
  arn: string,
  body: string,
  reasons: Readonly<Record<string, string>>,
): void {
  const queue = context.queue(arn)
  if (!queue) throw new Error(`Nothing here is ${arn}`)
  const attributes = Object.entries(reasons).map(
    ([name, StringValue]) => [name, { DataType: 'String', StringValue }] as const,
  )
  queue.send({ body, attributes: Object.fromEntries(attributes) })
}

/** @throws TypeError naming a rule whose target is not here. */
function checkTargets(rules: readonly ResolvedResource[], context: StackContext): void {
  for (const { where, properties } of rules) {
    if (!Array.isArray(properties.Targets)) continue
    for (const [index, { Arn }] of properties.Targets.entries()) {
      if (context.receiverOf(String(Arn))) continue
      throw invalid(
        `${where}.Properties.Targets[${index}].Arn`,
        Arn,
        'the ARN of a function, state machine, queue, bus or topic of the stacks',
      )
    }
  }
}
