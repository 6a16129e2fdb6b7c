import { expect, it } from 'vitest'
import { createEventBus } from '../events/bus.ts'
import { startEventsEndpoint } from '../events/endpoint.ts'
import { createQueues } from '../queues/endpoint.ts'
import { createEventSource } from '../queues/event-source.ts'
import { createParameters } from '../secrets/parameters.ts'
import { createSecrets } from '../secrets/secrets.ts'

type Make = (options: never) => unknown
const bus = { name: 'default', rules: {}, deliver: () => {} }

it.each<[string, Make, unknown, string]>([
  ['createEventBus', createEventBus, { ...bus, name: 'a b' }, 'name: got "a b"'],
  ['createEventBus', createEventBus, { ...bus, deliver: 'arn' }, 'deliver: got "arn"; allowed is a function'],
  ['createEventBus', createEventBus, { ...bus, dropt: () => {} }, 'option: got "dropt"'],
  ['startEventsEndpoint', startEventsEndpoint, { buses: [{}] }, 'buses[0]: got an object'],
  ['createQueues', createQueues, { queues: [] }, 'queues: got an array; allowed is an object'],
  ['createQueues', createQueues, { queues: {}, port: 70_000 }, 'port: got 70000'],
  ['createEventSource', createEventSource, { mapping: {}, invoke: () => {} }, 'queue: got undefined'],
  ['createSecrets', createSecrets, { clock: Date }, 'clock: got a function; allowed is a Clock'],
  ['createSecrets', createSecrets, { account: 1 }, 'account: got 1'],
  ['createParameters', createParameters, { random: Math.random }, 'option: got "random"'],
])('%s names itself and the option that is wrong', async (owner, make, options, message) => {
  await expect(async () => make(options as never)).rejects.toThrow(`${owner}: ${message}`)
})
