import { ECSClient } from '@aws-sdk/client-ecs'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'
import { VirtualClock } from '@breakwater/circuit/testing'
import type { RecyclerOptions } from '../config.ts'
import { fakeEcs, fakeService, reading } from '../discover/fleet.fixture.ts'
import { memoryRevisionCache } from '../discover/revision-cache.ts'
import { MemoryRecyclerStore } from '../records/memory.ts'
import { Records } from '../records/records.ts'
import { inProcess, ServiceFault } from '../sdk.fixture.ts'
import type { PlanAnswer, RecycleInput } from '../workflow/protocol.ts'
import { Planner } from './planner.ts'
import type { Figures } from './planner-options.ts'
import { Trigger } from './trigger.ts'

export const db = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf'
const optedIn = { tags: [{ key: 'breakwater:recycle', value: 'true' }] }

/** Services that read a secret, all but c opted in, and a planner that looks at them. */
export function makeWorld(options: RecyclerOptions = {}, names: readonly string[] = ['a', 'b', 'c']) {
  const clock = new VirtualClock()
  const start = clock.now()
  const made = new Map(
    names.map(name => [name, fakeService('shop', name, 'app:1', name === 'c' ? {} : optedIn)]),
  )
  const definitions: Record<string, readonly object[]> = { 'app:1': reading('db-AbCdEf') }
  /** Since when the tasks of services run, epoch ms. */
  const tasks = new Map<string, readonly number[]>()
  const fleet = {
    clusters: [
      {
        name: 'shop',
        get services() {
          return [...made.values()]
        },
        get tasks() {
          return [...tasks].flatMap(([name, times]) =>
            times.map(at => ({ group: `service:${name}`, definition: 'app:1', createdAt: at / 1_000 })),
          )
        },
      },
    ],
    definitions,
  }
  const secret = { current: 'v1', previous: undefined as string | undefined, changedAt: start - 3_600_000 }
  const asked: string[] = []
  const DescribeSecret = ({ SecretId }: { SecretId: string }) => {
    asked.push(SecretId)
    if (![db, 'db', db.slice(0, -7)].includes(SecretId)) {
      throw new ServiceFault('ResourceNotFoundException', 'Secrets Manager can’t find the specified secret.')
    }
    const { current, previous, changedAt } = secret
    return {
      ARN: db,
      Name: 'db',
      LastChangedDate: changedAt / 1_000,
      VersionIdsToStages: { [current]: ['AWSCURRENT'], ...(previous && { [previous]: ['AWSPREVIOUS'] }) },
    }
  }
  const records = new Records(new MemoryRecyclerStore(), { clock })
  const started: string[] = []
  const running = new Set<string>()
  const executions = {
    async start(name: string, _input: RecycleInput) {
      if (started.includes(name)) return 'exists' as const
      started.push(name)
      running.add(name)
      return 'started' as const
    },
    isRunning: async (name: string) => running.has(name),
  }
  const figures: Figures[] = []
  const ecs = fakeEcs(fleet, clock)
  const parts = {
    ecs: new ECSClient(inProcess(ecs.operations)),
    secrets: new SecretsManagerClient(inProcess({ DescribeSecret })),
    ssm: new SSMClient(inProcess({ DescribeParameters: () => ({ Parameters: [] }) })),
    records,
    executions,
    options: { dryRun: false, ...options },
    clock,
    random: () => 0.5,
  }
  const planner = new Planner({
    ...parts,
    cache: memoryRevisionCache(10),
    observe: figure => figures.push(figure),
  })

  // They began after the secret was made what it is.
  for (const name of names) deploy(name, { id: `ecs-svc/${name}-1`, createdAt: (start - 1_800_000) / 1_000 })

  /** The secret is rotated now. */
  function rotate(versionId: string) {
    secret.previous = secret.current
    secret.current = versionId
    secret.changedAt = clock.now()
  }

  /** A service is deployed now: by a recycle or by another deployer. */
  function deploy(name: string, more: object = {}) {
    const service = made.get(name)!
    const [deployment] = service.deployments
    const deployments = [{ ...deployment!, id: `ecs-svc/${name}-2`, createdAt: clock.now() / 1_000, ...more }]
    made.set(name, { ...service, deployments })
  }

  const plan = (execution: string, input: Partial<RecycleInput> = {}, recycled = 0, polls = 0) =>
    planner.answer({
      action: 'plan',
      execution,
      input: { secretId: 'db', ...input },
      recycled,
      polls,
    }) as Promise<PlanAnswer>

  const targets = (answer: PlanAnswer) => answer.wave?.services.map(({ name }) => name)

  return {
    clock,
    records,
    planner,
    trigger: new Trigger(parts),
    plan,
    targets,
    rotate,
    deploy,
    made,
    definitions,
    tasks,
    calls: ecs.arrivals,
    started,
    running,
    asked,
    figures,
  }
}
