import type { VirtualClock } from '@breakwater/circuit/testing'
import { type Operation, ServiceFault } from '../sdk.fixture.ts'

export const regionAndAccount = 'arn:aws:ecs:eu-west-1:123456789012'
export const definitionArn = (name: string) => `${regionAndAccount}:task-definition/${name}`

/** A cluster as a fake ECS has it. Services, daemons and tasks are in the words of its API. */
export interface FakeCluster {
  readonly name: string
  readonly status?: string
  readonly running?: number
  // biome-ignore lint/suspicious/noExplicitAny: the words of the API
  readonly services?: readonly any[]
  readonly daemons?: readonly { readonly name: string; readonly definition: string; readonly count: number }[]
  readonly tasks?: readonly {
    readonly group: string
    readonly definition: string
    readonly createdAt?: number
  }[]
}

/** What a fake ECS holds. `definitions` are containers by `family:revision`; one that is not there was deleted. */
export interface FakeFleet {
  readonly clusters: readonly FakeCluster[]
  readonly definitions: Readonly<Record<string, readonly object[]>>
  /** Items in a page, where less than is asked for. */
  readonly pageSize?: number
  /** Called with every request before it is answered, and may throw a ServiceFault. */
  // biome-ignore lint/suspicious/noExplicitAny: what the SDK sends is what the tests look at
  readonly before?: (action: string, input: any) => void
  /** How long an answer takes. @default no time */
  readonly latencyMs?: number
}

/** A request as it came. */
export interface Arrival {
  readonly action: string
  readonly at: number
  // biome-ignore lint/suspicious/noExplicitAny: what the SDK sends is what the tests look at
  readonly input: any
}

const clusterArn = (name: string) => `${regionAndAccount}:cluster/${name}`
const last = (arn: string) => arn.split('/').at(-1)!

/** A service of the controller ECS that runs one task, in the words of the API. */
export function fakeService(cluster: string, name: string, definition: string, more: object = {}) {
  const taskDefinition = definitionArn(definition)
  return {
    serviceArn: `${regionAndAccount}:service/${cluster}/${name}`,
    serviceName: name,
    clusterArn: clusterArn(cluster),
    status: 'ACTIVE',
    desiredCount: 1,
    runningCount: 1,
    taskDefinition,
    deployments: [
      {
        id: `ecs-svc/${name}`,
        status: 'PRIMARY',
        taskDefinition,
        createdAt: 1_700_000_000,
        rolloutState: 'COMPLETED',
      },
    ],
    ...more,
  }
}

/** Containers that read one secret. */
export const reading = (secret: string) => [
  {
    name: 'app',
    image: 'app:1',
    secrets: [{ name: 'S', valueFrom: `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${secret}` }],
  },
]

/** Operations of ECS over a fleet, the requests that came, and how many were under way at most. */
export function fakeEcs(fleet: FakeFleet, clock: VirtualClock) {
  const arrivals: Arrival[] = []
  const load = { now: 0, max: 0 }
  const clusterOf = (id: string) => {
    const cluster = fleet.clusters.find(({ name }) => name === last(id))
    if (!cluster) throw new ServiceFault('ClusterNotFoundException', 'Cluster not found.')
    return cluster
  }
  const page = <T>(items: readonly T[], { nextToken = '0', maxResults = 10 }) => {
    if (maxResults > 100) throw new ServiceFault('InvalidParameterException', 'maxResults')
    const from = Number(nextToken)
    const to = from + Math.min(maxResults, fleet.pageSize ?? maxResults)
    return { items: items.slice(from, to), ...(to < items.length && { nextToken: String(to) }) }
  }
  const limit = (items: readonly unknown[], max: number) => {
    if (items.length > max || items.length === 0)
      throw new ServiceFault('InvalidParameterException', 'too many')
  }
  const listed = (key: string, items: readonly unknown[], input: object) => {
    const { items: found, ...rest } = page(items, input)
    return { [key]: found, ...rest }
  }
  const definition = (arn: string) => {
    const containerDefinitions = fleet.definitions[last(arn)]
    if (!containerDefinitions)
      throw new ServiceFault('ClientException', 'Unable to describe task definition.')
    return { containerDefinitions }
  }
  const daemons = (name: string) =>
    (clusterOf(name).daemons ?? []).map(daemon => ({
      ...daemon,
      arn: `${regionAndAccount}:daemon/${last(name)}/${daemon.name}`,
    }))
  const daemonOf = (arn: string) =>
    daemons(arn.split('/')[1]!).find(({ name }) => name === arn.split('/')[2])!

  const operations: Record<string, Operation> = {
    ListClusters: input =>
      listed(
        'clusterArns',
        fleet.clusters.map(({ name }) => clusterArn(name)),
        input,
      ),
    DescribeClusters: ({ clusters }) => {
      limit(clusters, 100)
      const found = (id: string) => fleet.clusters.find(({ name }) => name === last(id))
      return {
        clusters: clusters.filter(found).map((id: string) => {
          const { name, status = 'ACTIVE', running, services = [] } = found(id)!
          const runningTasksCount =
            running ?? services.reduce((sum, { runningCount }) => sum + runningCount, 0)
          return { clusterArn: clusterArn(name), clusterName: name, status, runningTasksCount }
        }),
        failures: clusters
          .filter((id: string) => !found(id))
          .map((arn: string) => ({ arn, reason: 'MISSING' })),
      }
    },
    ListServices: input =>
      listed(
        'serviceArns',
        (clusterOf(input.cluster).services ?? []).map(({ serviceArn }) => serviceArn),
        input,
      ),
    DescribeServices: ({ cluster, services, include }) => {
      limit(services, 10)
      if (include?.[0] !== 'TAGS') throw new ServiceFault('InvalidParameterException', 'the tags are needed')
      const known = clusterOf(cluster).services ?? []
      const find = (arn: string) => known.find(({ serviceArn, gone }) => serviceArn === arn && !gone)
      return {
        services: services.map(find).filter(Boolean).reverse(),
        failures: services
          .filter((arn: string) => !find(arn))
          .map((arn: string) => ({ arn, reason: 'MISSING' })),
      }
    },
    ListDaemons: input =>
      listed(
        'daemonSummariesList',
        daemons(input.clusterArn).map(({ arn: daemonArn }) => ({ daemonArn })),
        input,
      ),
    DescribeDaemon: ({ daemonArn }) => {
      const { count: totalRunningCount } = daemonOf(daemonArn)
      const arn = `${daemonArn.replace(':daemon/', ':daemon-revision/')}/1`
      return { daemon: { daemonArn, currentRevisions: [{ arn, totalRunningCount }] } }
    },
    DescribeDaemonRevisions: ({ daemonRevisionArns }) => {
      limit(daemonRevisionArns, 20)
      return {
        daemonRevisions: daemonRevisionArns.map((daemonRevisionArn: string) => ({
          daemonRevisionArn,
          daemonTaskDefinitionArn: `${regionAndAccount}:daemon-task-definition/${daemonOf(daemonRevisionArn).definition}`,
        })),
      }
    },
    DescribeDaemonTaskDefinition: ({ daemonTaskDefinition: arn }) => ({
      daemonTaskDefinition: { daemonTaskDefinitionArn: arn, ...definition(arn) },
    }),
    ListTasks: input =>
      listed(
        'taskArns',
        (clusterOf(input.cluster).tasks ?? []).flatMap(({ group }, index) =>
          input.serviceName && group !== `service:${last(input.serviceName)}`
            ? []
            : [`${regionAndAccount}:task/t/${index}`],
        ),
        input,
      ),
    DescribeTasks: ({ cluster, tasks }) => {
      limit(tasks, 100)
      const all = clusterOf(cluster).tasks!
      return {
        tasks: tasks.map((arn: string) => {
          const { group, definition, createdAt } = all[Number(last(arn))]!
          return { taskArn: arn, group, taskDefinitionArn: definitionArn(definition), createdAt }
        }),
      }
    },
    DescribeTaskDefinition: ({ taskDefinition: arn }) => ({
      taskDefinition: { taskDefinitionArn: arn, ...definition(arn) },
    }),
  }
  const watched = Object.entries(operations).map(([action, operation]) => {
    const answer: Operation = async input => {
      arrivals.push({ action, at: clock.now(), input })
      load.max = Math.max(load.max, ++load.now)
      try {
        if (fleet.latencyMs) await new Promise<void>(done => clock.setTimeout(done, fleet.latencyMs!))
        fleet.before?.(action, input)
        return operation(input)
      } finally {
        load.now--
      }
    }
    return [action, answer] as const
  })
  return { operations: Object.fromEntries(watched), arrivals, load }
}

/** Lets time pass until a promise has settled, and answers what it did. */
export async function within<T>(clock: VirtualClock, promise: Promise<T>, stepMs = 50): Promise<T> {
  let settled = false
  const end = () => {
    settled = true
  }
  promise.then(end, end)
  while (!settled) await clock.advance(stepMs)
  return promise
}
