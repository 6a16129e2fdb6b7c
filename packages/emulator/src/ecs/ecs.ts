import { systemClock } from '@breakwater/circuit'
import { type Check, checkValue, invalid } from '@breakwater/circuit/shared'
import { regionAndAccountOf } from '../aws/identifiers.ts'
import type { Reading } from '../aws/lookup.ts'
import { type CountedOperations, countOperations } from '../aws/operations.ts'
import { TimerQueue } from '../aws/timer-queue.ts'
import { ecsChecks } from './checks.ts'
import { clusterOperations } from './cluster-operations.ts'
import { definitionOperations } from './definition-operations.ts'
import type { EcsModel } from './model.ts'
import { checkEcsOptions, defaultRates, defaultTiming, type EcsOptions } from './options.ts'
import { reconcile } from './reconcile.ts'
import { alarmsOf, failDeployment } from './rollout.ts'
import { serviceOperations, updateOperations } from './service-operations.ts'
import { taskOperations } from './task-operations.ts'
import { throttleOf } from './throttle.ts'
import type { Service } from './types.ts'

/** The part of X-Amz-Target before an action of ECS. */
export const ecsTarget = 'AmazonEC2ContainerServiceV20141113'

/** A task of a service, for tests. */
export interface EcsTask {
  readonly arn: string
  /** Id of its deployment. */
  readonly deployment: string
  readonly taskDefinition: string
  readonly status: 'PENDING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPED'
  /** It was ordered to stop. */
  readonly stopping: boolean
  /** Epoch ms. */
  readonly createdAt: number
  /** The versions that it read when it was launched. */
  readonly readings: readonly Reading[]
}

/** Elastic Container Service, in this process. */
export interface Ecs extends CountedOperations {
  /** Tasks of a service that have not stopped, in the order of their launch. */
  tasks(service: string): readonly EcsTask[]
  /**
   * From now on tasks of a service stop when they should start: `times` of them. Tasks of a rollback start all the same,
   * unless `rollbacks` is set.
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
  checkEcsOptions(options)
  const { clock = systemClock, random = Math.random, emit = () => {}, rates = {}, instances = 1 } = options
  const timers = new TimerQueue(clock)
  const model: EcsModel = {
    ...regionAndAccountOf(options),
    timers,
    random,
    timing: { ...defaultTiming, ...options.timing },
    emit,
    lookup: options.lookup,
    instances,
    clusters: new Map(),
    families: new Map(),
  }
  const throttle = throttleOf(rates && { ...defaultRates, ...rates }, () => timers.now())
  const operations = {
    ...clusterOperations(model),
    ...definitionOperations(model),
    ...serviceOperations(model),
    ...updateOperations(model),
    ...taskOperations(model),
  }
  return {
    ...countOperations(operations, action => {
      timers.runDue()
      throttle(action)
    }),
    ...controlsOf(model),
    checksOf: (action, input) => ecsChecks(model, action, input),
    close: () => timers.close(),
  }
}

const timesToFail: Check = { allowed: 'a number of at least 0', good: times => (times as number) >= 0 }

/** The methods by which tests look at services, and make them fail. */
function controlsOf(model: EcsModel): Pick<Ecs, 'tasks' | 'fail' | 'heal' | 'alarm'> {
  return {
    tasks(name) {
      return [...serviceAt(model, name).tasks].map(task => ({
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
      checkValue('Ecs.fail', 'times', times, timesToFail)
      serviceAt(model, name).failing = { left: times, rollbacks }
    },
    heal(name) {
      serviceAt(model, name).failing = { left: 0, rollbacks: false }
    },
    alarm(name) {
      const service = serviceAt(model, name)
      const [primary] = service.deployments
      const { enable, rollback } = alarmsOf(service.configuration)
      if (enable !== true || primary?.state !== 'IN_PROGRESS') return
      failDeployment(model, service, primary, {
        by: 'ECS deployment alarm',
        why: 'alarm detected.',
        back: rollback === true,
      })
      reconcile(model, service)
    },
  }
}

function serviceAt({ clusters, timers }: EcsModel, name: string): Service {
  timers.runDue()
  const all = [...clusters.values()].flatMap(({ services }) => [...services.values()])
  const found = all.find(({ arn, cluster, name: own }) => name === arn || name === `${cluster.name}/${own}`)
  if (found) return found
  throw invalid('service', name, 'the ARN of a service that is there, or cluster/name')
}
