import { VirtualClock } from '@breakwater/circuit/testing'
import type { EventEntry } from '../aws/event.ts'
import { lookupIn } from '../aws/lookup.ts'
import { createParameters } from '../secrets/parameters.ts'
import { createSecrets } from '../secrets/secrets.ts'
import { createEcs } from './ecs.ts'
import type { EcsOptions } from './options.ts'

/** The same numbers from 0 to 1 every time. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

interface Deployment {
  id: string
  status: string
  taskDefinition: string
  desiredCount: number
  pendingCount: number
  runningCount: number
  failedTasks: number
  createdAt: number
  rolloutState: string
  rolloutStateReason: string
}

/** A service as DescribeServices answers it. */
export interface Described {
  serviceArn: string
  status: string
  desiredCount: number
  runningCount: number
  pendingCount: number
  taskDefinition: string
  deployments: Deployment[]
  taskSets?: {
    id: string
    taskSetArn: string
    status: string
    taskDefinition: string
    runningCount: number
  }[]
  events: { message: string }[]
  tags?: unknown
}

/** ECS and secrets in virtual time: cluster `shop`, task definition `orders` that reads the secret `db`. */
export function shop(options: EcsOptions = {}) {
  const clock = new VirtualClock()
  const random = seeded(7)
  const events: EventEntry[] = []
  const emit = (event: EventEntry) => void events.push(event)
  const secrets = createSecrets({ clock, random, emit })
  const parameters = createParameters({ clock, emit })
  const lookup = lookupIn(parameters, secrets)
  const ecs = createEcs({ clock, random, emit, lookup, ...options })
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at as the protocol has them
  const call = (action: string, input: object = {}): any =>
    ecs.operations[action]!({ cluster: 'shop', ...input })
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const secret = (action: string, input: object): any => secrets.operations[action]!({ ...input })

  ecs.operations.CreateCluster!({ clusterName: 'shop' })
  const db: string = secret('CreateSecret', { Name: 'db', SecretString: 'one' }).ARN
  const register = () =>
    ecs.operations.RegisterTaskDefinition!({
      family: 'orders',
      containerDefinitions: [{ name: 'app', image: 'app:1', secrets: [{ name: 'DB', valueFrom: db }] }],
    })
  register()
  events.length = 0

  const describe = (service: string): Described =>
    call('DescribeServices', { services: [service] }).services[0]

  return {
    clock,
    ecs,
    secrets,
    parameters,
    db,
    events,
    call,
    secret,
    register,
    /** Creates a service and lets its first deployment complete. */
    async create(serviceName: string, input: object = {}): Promise<Described> {
      call('CreateService', { serviceName, taskDefinition: 'orders', desiredCount: 2, ...input })
      await clock.advance(10_000)
      return describe(serviceName)
    },
    describe,
    force: (service: string): Described =>
      call('UpdateService', { service, forceNewDeployment: true }).service,
    /** The events of deployments, the oldest first: id and name. */
    deploymentEvents: () => events.map(({ detail }) => `${detail.deploymentId} ${detail.eventName}`),
  }
}
