import type { Random } from '@breakwater/simulator'
import { startedAt, World } from './world.ts'

const minute = 60_000
const hour = 60 * minute

/** A service as it was made, and what a recycle may do with it. */
export interface Made {
  readonly arn: string
  readonly canBeRecycled: boolean
}

/** A scenario that was played, for the check of its invariants. */
export interface Played {
  readonly world: World
  readonly services: readonly Made[]
  /** Executions that were still running when all should have been over. */
  readonly unfinished: readonly string[]
}

/**
 * Plays one seed: secrets that label change, here and there and back, while events get lost, calls are throttled, functions and
 * executions die, deployments fail and people deploy; then all is well for a while, a person starts again what failed,
 * and everything must have come to its end.
 */
export async function play(seed: number): Promise<Played> {
  const world = new World(seed)
  const { time } = world
  const random = world.random.fork('scenario')
  const stage = new Stage(world, random)
  stage.makeSecrets()
  await time.until(startedAt + 10_000)
  stage.makeServices()
  await time.until(startedAt + 30 * minute)

  world.lambdas.faults = {
    crash: random.between(0, 0.02),
    throttle: random.between(0, 0.06),
    lost: random.between(0, 0.03),
  }
  world.deliveries.faults = {
    lost: random.between(0, 0.5),
    doubled: random.between(0, 0.5),
    delayMs: random.between(1, 40) * minute,
  }
  const trouble = 5 * hour
  stage.trouble(trouble)
  for (let passed = 0; passed < trouble; passed += hour) {
    await time.until(startedAt + 30 * minute + passed + hour)
    await stage.during(world.reconcile())
  }

  world.lambdas.faults = { crash: 0, throttle: 0, lost: 0 }
  world.deliveries.faults = { lost: 0, doubled: 0, delayMs: 1_000 }
  stage.heal()
  for (let hours = 0; hours < 6; hours++) {
    await stage.during(stage.startByHand())
    await stage.during(world.reconcile())
    await time.until(time.now() + hour)
  }
  const unfinished = world.workflow.running.map(({ name }) => name)
  for (const execution of world.workflow.running) execution.stop()
  await time.until(time.now() + 1)
  world.ecs.close()
  return { world, services: stage.services, unfinished }
}

const controllers = ['ECS', 'ECS', 'ECS', 'ECS', 'ECS', 'ECS', 'CODE_DEPLOY', 'EXTERNAL'] as const

const parameter = '/shop/limit'
const parameterArn = 'arn:aws:ssm:eu-west-1:111122223333:parameter/shop/limit'

/** Sets the scene and changes it. */
class Stage {
  readonly services: Made[] = []
  readonly #world: World
  readonly #random: Random
  readonly #secrets: string[] = []
  readonly #versions = new Map<string, string[]>()
  #byHand = 0
  #hasParameter = false

  constructor(world: World, random: Random) {
    this.#world = world
    this.#random = random
  }

  /** One to four secrets with names that are easily mixed up. */
  makeSecrets(): void {
    const names = ['db', 'db-prod', 'db-prod-AbCdEf', 'rds!cluster-1'].slice(0, 1 + this.#random.integer(4))
    for (const Name of names) {
      const { ARN, VersionId } = this.#secret('CreateSecret', { Name, SecretString: 'a' })
      this.#secrets.push(ARN)
      this.#versions.set(ARN, [VersionId])
    }
  }

  /** Two to eight services that read some of the secrets. */
  makeServices(): void {
    if (this.#random.chance(0.5)) this.#putParameter()
    for (const clusterName of ['one', 'two']) this.#ecs('CreateCluster', { clusterName })
    const count = 2 + this.#random.integer(7)
    for (let number = 0; number < count; number++) this.#service(`s${number}`)
  }

  #service(serviceName: string): void {
    const random = this.#random
    const secrets = this.#secrets.filter(() => random.chance(0.6))
    const written = secrets.map(arn => {
      const form = random.integer(4)
      if (form === 0) return arn.replace(/-.{6}$/, '')
      if (form === 1) return `${arn}:password::`
      return arn
    })
    if (this.#hasParameter && random.chance(0.5)) written.push(random.chance(0.5) ? parameter : parameterArn)
    const { taskDefinition } = this.#ecs('RegisterTaskDefinition', {
      family: serviceName,
      containerDefinitions: [
        {
          name: 'app',
          image: 'app:1',
          secrets: written.map((valueFrom, index) => ({ name: `S${index}`, valueFrom })),
        },
      ],
    })
    const type = controllers[random.integer(controllers.length)]!
    const optedIn = random.chance(0.9)
    const safe = random.chance(0.7)
    const tags = [
      ...(optedIn ? [{ key: 'breakwater:recycle', value: 'true' }] : []),
      ...(random.chance(0.3) ? [{ key: 'breakwater:wave', value: String(random.integer(3)) }] : []),
      ...(random.chance(0.2) ? [{ key: 'breakwater:delay', value: '3m' }] : []),
    ]
    const { service } = this.#ecs('CreateService', {
      cluster: random.chance(0.5) ? 'one' : 'two',
      serviceName,
      desiredCount: 1 + random.integer(4),
      deploymentController: { type },
      ...(type !== 'EXTERNAL' && { taskDefinition: taskDefinition.taskDefinitionArn }),
      tags,
      ...(safe &&
        type === 'ECS' && {
          deploymentConfiguration: {
            deploymentCircuitBreaker: { enable: true, rollback: random.chance(0.7) },
          },
        }),
    })
    const canBeRecycled = type === 'ECS' && optedIn
    this.services.push({ arn: service.serviceArn, canBeRecycled })
    if (canBeRecycled) this.#world.recyclable.add(service.serviceArn)
  }

  /** Lets things happen in the time to come. */
  trouble(forMs: number): void {
    const { time } = this.#world
    const random = this.#random
    const sometimes = (least: number, max: number, act: () => void) => {
      const times = least + random.integer(max - least + 1)
      for (let n = 0; n < times; n++) time.setTimeout(act, random.between(0, forMs))
    }
    sometimes(1, 5, () => this.#moveLabel())
    sometimes(0, 2, () => this.#touchSecret())
    sometimes(0, 2, () => this.#deploy())
    sometimes(0, 2, () => this.#break())
    sometimes(0, 2, () => this.#scaleToNothing())
    sometimes(0, 2, () => this.#killExecution())
    if (random.chance(0.15)) sometimes(1, 1, () => void this.#stopForAWhile())
  }

  /** Nothing fails any more. */
  heal(): void {
    for (const { arn } of this.services) this.#world.ecs.heal(arn)
  }

  /** A person starts again what failed: without a change, for the secret as it is. */
  async startByHand(): Promise<void> {
    for (const { source, sequence } of await this.#world.records.labelChanges()) {
      const runs = [...this.#world.failedAt.keys()]
      const failed = runs.some(change => change.endsWith(`-${sequence}`))
      if (!failed) continue
      this.#world.startsByHand.push(this.#world.time.now())
      await this.#world.workflow.start(`by-hand-${this.#byHand++}`, { secretId: source })
    }
  }

  /** Lets time go on while something is under way. */
  async during(work: Promise<unknown>): Promise<void> {
    const { time } = this.#world
    let over = false
    void work.finally(() => {
      over = true
    })
    while (!over) await time.until(time.now() + 1_000)
  }

  /** As environments do that are needed by day only: no tasks for a while, and then as many as before. */
  #scaleToNothing(): void {
    const { time } = this.#world
    const { arn: service } = this.#oneService()
    const cluster = service.split('/').at(-2)
    const [found] = this.#ecs('DescribeServices', { cluster, services: [service] }).services
    const { type = 'ECS' } = found.deploymentController ?? {}
    if (type !== 'ECS' || found.desiredCount === 0) return
    this.#ecs('UpdateService', { cluster, service, desiredCount: 0 })
    time.setTimeout(
      () => void this.#ecs('UpdateService', { cluster, service, desiredCount: found.desiredCount }),
      this.#random.between(5, 60) * minute,
    )
  }

  #moveLabel(): void {
    if (this.#hasParameter && this.#random.chance(0.3)) {
      this.#putParameter()
      return
    }
    const [SecretId, versions] = this.#oneSecret()
    this.#world.movedAt.set(SecretId, this.#world.time.now())
    if (versions.length > 1 && this.#random.chance(0.3)) {
      // Back to the version before: a change of its own.
      const current = this.#current(SecretId)
      const before = versions.filter(one => one !== current).at(-1)!
      this.#secret('UpdateSecretVersionStage', {
        SecretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: before,
        RemoveFromVersionId: current,
      })
      return
    }
    const { VersionId } = this.#secret('PutSecretValue', { SecretId, SecretString: String(versions.length) })
    versions.push(VersionId)
  }

  #putParameter(): void {
    this.#hasParameter = true
    this.#world.movedAt.set(parameterArn, this.#world.time.now())
    const more = { Type: 'String', Value: 'x', Overwrite: true }
    this.#world.parameters.operations.PutParameter!({ Name: parameter, ...more })
  }

  #current(SecretId: string): string {
    const { VersionIdsToStages } = this.#secret('DescribeSecret', { SecretId })
    const stages = Object.entries(VersionIdsToStages as Record<string, string[]>)
    return stages.find(([, labels]) => labels.includes('AWSCURRENT'))![0]
  }

  /** Changes when the secret changed last, and nothing else. */
  #touchSecret(): void {
    const [SecretId] = this.#oneSecret()
    this.#secret('TagResource', { SecretId, Tags: [{ Key: 'owner', Value: String(this.#random.next()) }] })
  }

  #deploy(): void {
    const { arn, canBeRecycled } = this.#oneService()
    if (canBeRecycled) this.#quietly(() => this.#update(arn))
  }

  #break(): void {
    const { arn } = this.#oneService()
    this.#world.ecs.fail(arn, { times: 2 + this.#random.integer(20) })
  }

  #killExecution(): void {
    const { running } = this.#world.workflow
    running[this.#random.integer(running.length)]?.stop('States.Aborted', 'stopped by hand')
  }

  async #stopForAWhile(): Promise<void> {
    const { records, time } = this.#world
    await records.killSwitch.stop({ by: 'ana', reason: 'maintenance', until: time.now() + hour })
  }

  #update(service: string): void {
    this.#ecs('UpdateService', { cluster: service.split('/').at(-2), service, forceNewDeployment: true })
  }

  #quietly(act: () => void): void {
    try {
      act()
    } catch {
      // Refused: five deployments already, or too often.
    }
  }

  #oneSecret(): [string, string[]] {
    const arn = this.#secrets[this.#random.integer(this.#secrets.length)]!
    return [arn, this.#versions.get(arn)!]
  }

  #oneService(): Made {
    return this.services[this.#random.integer(this.services.length)]!
  }

  // biome-ignore lint/suspicious/noExplicitAny: as the service answers
  #ecs(action: string, input: object): any {
    return this.#world.ecs.operations[action]!(input as never)
  }

  // biome-ignore lint/suspicious/noExplicitAny: as the service answers
  #secret(action: string, input: object): any {
    return this.#world.secrets.operations[action]!(input as never)
  }
}
