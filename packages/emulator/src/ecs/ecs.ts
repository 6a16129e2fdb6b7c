import { type Clock, systemClock } from '@breakwater/circuit'
import { invalid } from '@breakwater/circuit/shared'
import { Agenda } from '../aws/agenda.ts'
import type { EventEntry } from '../aws/event.ts'
import { type Place, placeOf } from '../aws/identifiers.ts'
import type { Lookup, Reading } from '../aws/lookup.ts'
import { type Counted, counted } from '../aws/operations.ts'
import { clusterOperations } from './cluster-operations.ts'
import { definitionOperations } from './definition-operations.ts'
import { timingOf } from './options.ts'
import { reconcile } from './reconcile.ts'
import { alarmsOf, fail } from './rollout.ts'
import { serviceOperations, updateOperations } from './service-operations.ts'
import type { World } from './state.ts'
import { taskOperations } from './task-operations.ts'
import { type EcsRates, throttleOf } from './throttle.ts'
import type { EcsTiming, Service, Task } from './types.ts'

/** What stands before an action of ECS in X-Amz-Target. */
export const ecsTarget = 'AmazonEC2ContainerServiceV20141113'

/** Options of {@link createEcs}. */
export interface EcsOptions extends Place {
  /** @default the machine's */
  readonly clock?: Clock
  /** Makes ids; 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number
  /** Takes the events of deployments, as the default bus does. @default nobody does */
  readonly emit?: (event: EventEntry) => void
  /** What references of task definitions mean; a task whose reference means nothing does not start. @default nothing is read */
  readonly lookup?: Lookup
  /** How long things take. */
  readonly timing?: Partial<EcsTiming>
  /** How many calls are let through; false for all. @default as AWS publishes them */
  readonly rates?: Partial<EcsRates> | false
  /** Container instances of every cluster: as many tasks has a daemon. @default 1 */
  readonly instances?: number
}

/** A task of a service, for tests. */
export interface EcsTask {
  readonly arn: string
  /** Id of its deployment. */
  readonly deployment: string
  readonly taskDefinition: string
  readonly status: Task['lastStatus']
  /** It was ordered to stop. */
  readonly stopping: boolean
  /** Epoch ms. */
  readonly createdAt: number
  /** What it got for its references when it was launched. */
  readonly readings: readonly Reading[]
}

/** Elastic Container Service, in this process. */
export interface Ecs extends Counted {
  /** Tasks of a service that have not stopped, in the order of their launch. */
  tasks(service: string): readonly EcsTask[]
  /**
   * From now on tasks of a service stop when they should start: `times` of them. Those of a rollback start all the same,
   * unless told otherwise.
   *
   * @param service its ARN, or `cluster/name`
   */
  fail(service: string, options?: { readonly times?: number; readonly rollbacks?: boolean }): void
  /** From now on its tasks start again. */
  heal(service: string): void
  /** An alarm of a service goes off: the deployment under way fails, where alarms are switched on. */
  alarm(service: string): void
  /** Nothing happens any more. */
  close(): void
}

/**
 * Makes a model of ECS: clusters, task definitions, services whose deployments go on in time, tasks that read secrets
 * when they are launched, API throttling and events. Its operations are those of the AWS JSON protocol.
 *
 * @throws TypeError naming the option that is wrong.
 * @example
 * const ecs = createEcs({ clock, lookup: secrets.lookup, emit: event => bus.put(event) })
 * ecs.operations.CreateCluster!({ clusterName: 'shop' })
 * ecs.fail('shop/orders', { times: 3 })
 */
export function createEcs(options: EcsOptions = {}): Ecs {
  const { clock = systemClock, random = Math.random, emit = () => {}, rates = {}, instances = 1 } = options
  if (!(Number.isInteger(instances) && instances >= 0)) {
    throw invalid('instances', instances, 'a whole number of at least 0')
  }
  const agenda = new Agenda(clock)
  const world: World = {
    ...placeOf(options),
    agenda,
    random,
    timing: timingOf(options.timing),
    emit,
    lookup: options.lookup,
    instances,
    clusters: new Map(),
    families: new Map(),
  }
  const throttle = throttleOf(rates, () => agenda.now())
  const operations = {
    ...clusterOperations(world),
    ...definitionOperations(world),
    ...serviceOperations(world),
    ...updateOperations(world),
    ...taskOperations(world),
  }
  function serviceAt(name: string): Service {
    agenda.catchUp()
    const all = [...world.clusters.values()].flatMap(({ services }) => [...services.values()])
    const found = all.find(({ arn, cluster, name: own }) => name === arn || name === `${cluster.name}/${own}`)
    if (found) return found
    throw invalid('service', name, 'the ARN of a service that is there, or cluster/name')
  }

  return {
    ...counted(operations, action => {
      agenda.catchUp()
      throttle(action)
    }),
    tasks(name) {
      return [...serviceAt(name).tasks].map(task => ({
        arn: task.arn,
        deployment: task.deployment!.id,
        taskDefinition: task.taskDefinition.arn,
        status: task.lastStatus,
        stopping: task.desiredStatus === 'STOPPED',
        createdAt: task.createdAt,
        readings: task.readings,
      }))
    },
    fail(name, { times = Number.POSITIVE_INFINITY, rollbacks = false } = {}) {
      if (!(times >= 0)) throw invalid('times', times, 'a number of at least 0')
      serviceAt(name).failing = { left: times, rollbacks }
    },
    heal(name) {
      serviceAt(name).failing = { left: 0, rollbacks: false }
    },
    alarm(name) {
      const service = serviceAt(name)
      const [primary] = service.deployments
      const { enable, rollback } = alarmsOf(service.configuration)
      if (enable !== true || primary?.state !== 'IN_PROGRESS') return
      fail(world, service, primary, {
        by: 'ECS deployment alarm',
        why: 'alarm detected.',
        back: rollback === true,
      })
      reconcile(world, service)
    },
    close: () => agenda.close(),
  }
}
