import { ECSClient } from '@aws-sdk/client-ecs'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'
import { Circuit, StoreError } from '@breakwater/circuit'
import {
  type CountedOperations,
  createEcs,
  createParameters,
  createSecrets,
  lookupIn,
} from '@breakwater/emulator/testing'
import { classifyAws } from '@breakwater/guards'
import {
  changeIdOf,
  Executor,
  type Key,
  MemoryRecyclerStore,
  memoryRevisionCache,
  Planner,
  Records,
  type RecyclerOptions,
  type RecyclerStore,
  readEvent,
  sharedBucket,
  Trigger,
  type WriteOptions,
} from '@breakwater/recycler/functions'
import type { RecycleReport } from '@breakwater/recycler/workflow'
import { Random } from '@breakwater/simulator'
import { inProcess, type Operation, ServiceFault } from '../../packages/recycler/src/sdk.fixture.ts'
import { Deliveries } from './deliveries.ts'
import { Lambdas } from './lambdas.ts'
import { Timeline } from './timeline.ts'
import { Workflow } from './workflow.ts'

export const account = '111122223333'
const region = 'eu-west-1'
/** So old may a plan be whose wave is carried out. */
const planAgeMs = 20 * 60_000

export const startedAt = Date.parse('2026-03-02T06:00:00Z')

/** An UpdateService that the recycler sent and that took effect. */
export interface Update {
  /** Epoch ms. */
  readonly at: number
  /** ARN. */
  readonly service: string
  /** The change it was for, as the intent on record says. */
  readonly change: string
  /** It, or a task of it, began before a label that it reads moved, or so soon after that it cannot be known. */
  readonly wasStale: boolean
  /** When the label had moved was known exactly. */
  readonly exact: boolean
  /** The run was marked failed before. */
  readonly afterFailure: number | undefined
}

interface Described {
  readonly services: readonly {
    readonly deployments: readonly { readonly status: string; readonly createdAt: number }[]
  }[]
}

/** A whole account: services, secrets, events, functions and the workflow, in one virtual time and by one seed. */
export class World {
  readonly time = new Timeline(startedAt)
  readonly random: Random
  readonly lambdas: Lambdas
  readonly deliveries: Deliveries
  readonly workflow: Workflow
  readonly planner: Planner
  readonly records: Records
  readonly updates: Update[] = []
  /** Every call of the recycler's functions, by action. */
  readonly calls: Record<string, number> = {}
  /** When AWSCURRENT of each secret really moved last, epoch ms. */
  readonly movedAt = new Map<string, number>()
  readonly failedAt = new Map<string, number>()
  readonly wavesAfterFailure: string[] = []
  /** Services that may be recycled, by their ARNs. */
  readonly recyclable = new Set<string>()
  /** What was said to be finished while a task of before still ran, in a sentence each. */
  readonly falseAllClears: string[] = []
  /** When a person started an execution, epoch ms. */
  readonly startsByHand: number[] = []
  readonly ecs
  readonly secrets
  readonly parameters
  readonly #store: MemoryRecyclerStore
  readonly #lookup

  constructor(seed: string | number, options: RecyclerOptions = {}) {
    const { time } = this
    this.random = new Random(seed)
    const at = { clock: time, region, account }
    this.lambdas = new Lambdas(time, this.random.fork('faults').next)
    this.deliveries = new Deliveries(time, this.random.fork('deliveries'))
    this.secrets = createSecrets({
      ...at,
      random: this.random.fork('secrets').next,
      emit: event => this.deliveries.put(event, body => this.#triggered(body)),
    })
    this.parameters = createParameters({
      ...at,
      emit: event => this.deliveries.put(event, body => this.#triggered(body)),
    })
    this.#lookup = lookupIn(this.parameters, this.secrets)
    this.ecs = createEcs({
      ...at,
      random: this.random.fork('ecs').next,
      timing: { startMs: 40_000, stopMs: 30_000, steadyMs: 20_000, retryMs: 30_000 },
      lookup: this.#lookup,
    })

    this.#store = new MemoryRecyclerStore()
    const records = new Records(this.#faultyStore(), { clock: time })
    this.records = new Records(this.#store, { clock: time })
    const random = this.random.fork('recycler').next
    const ecs = new ECSClient(inProcess(this.#faulty(this.ecs.operations)))
    const secrets = new SecretsManagerClient(inProcess(this.#faulty(this.secrets.operations)))
    const ssm = new SSMClient(inProcess(this.#faulty(this.parameters.operations)))
    const merged: RecyclerOptions = { dryRun: false, ...options }
    const executions = {
      start: (name: string, input: object) =>
        this.#call('StartExecution', () => this.workflow.start(name, input)),
      isRunning: (name: string) => this.#call('DescribeExecution', () => this.workflow.isRunning(name)),
    }
    const parts = { ecs, secrets, ssm, records, executions, options: merged, clock: time, random }
    this.planner = new Planner({ ...parts, cache: memoryRevisionCache(1_000) })
    this.#trigger = new Trigger(parts)
    const executor = new Executor({
      ecs,
      records,
      circuit: new Circuit('ecs-update-service', { clock: time, classify: classifyAws, random }),
      bucket: sharedBucket({ store: records.store, name: 'ecs-update-service', clock: time, random }),
      clock: time,
      random,
    })
    this.workflow = new Workflow(time, this.random.fork('workflow').next, {
      planner: request => this.lambdas.invoke(() => this.#plans(request)),
      executor: request => this.lambdas.invoke(() => this.#executes(executor, request)),
      reported: report => this.#reported(report),
    })
  }

  readonly #trigger: Trigger

  /** Finds what no event reported, as the schedule does. Whatever it fails with is tried again an hour later. */
  async reconcile(): Promise<void> {
    await this.lambdas.invoke(() => this.planner.answer({ action: 'reconcile' })).catch(() => {})
  }

  // biome-ignore lint/suspicious/noExplicitAny: requests come from the workflow
  async #plans(request: any): Promise<unknown> {
    const answer = await this.planner.answer(request)
    if ('next' in answer && answer.next === 'wave' && this.failedAt.has(answer.change)) {
      this.wavesAfterFailure.push(answer.change)
    }
    return answer
  }

  // biome-ignore lint/suspicious/noExplicitAny: requests come from the workflow
  async #executes(executor: Executor, request: any): Promise<unknown> {
    return request.action === 'start' ? executor.start(request) : executor.check(request)
  }

  /** Judges an all-clear in the moment in which it is given, before anything else happens. */
  #reported({ ending, change, secret, versionId }: RecycleReport): void {
    const current = this.#lookup(secret)
    // Where the label has moved on, the next report has the say.
    if (ending !== 'finished' || current?.versionId !== versionId) return
    for (const service of this.recyclable) {
      const old = this.staleTasks(service).filter(written => this.#lookup(written)?.source === current.source)
      if (old.length === 0) continue
      const holders = `${old.length} tasks of ${service} held the old version`
      this.falseAllClears.push(`${change} was said to be finished while ${holders}`)
    }
  }

  #triggered(event: unknown): Promise<unknown> {
    return this.lambdas.invoke(() => this.#trigger.handle(readEvent(event, { account })))
  }

  #call<T>(action: string, work: () => Promise<T> | T): Promise<T> {
    this.calls[action] = (this.calls[action] ?? 0) + 1
    return this.lambdas.call(work, {
      throttled: () => new ServiceFault('ThrottlingException', 'Rate exceeded'),
      lost: () => Object.assign(new Error('socket hang up'), { name: 'TimeoutError' }),
    })
  }

  /** The operations of a service as functions reach them: with faults, and with what UpdateService does on record. */
  #faulty(operations: CountedOperations['operations']) {
    const wrap = (action: string, operation: (typeof operations)[string]): Operation => {
      return input =>
        this.#call(action, async () => {
          const before = action === 'UpdateService' ? await this.#aboutToUpdate(input.service) : undefined
          try {
            const output = await operation(input)
            if (before) this.updates.push(before)
            return JSON.parse(JSON.stringify(output ?? {}))
          } catch (error) {
            const { code, status, message } = error as ServiceFault
            throw code === undefined ? error : new ServiceFault(code, message, status)
          }
        })
    }
    return Object.fromEntries(Object.entries(operations).map(([name, one]) => [name, wrap(name, one)]))
  }

  async #aboutToUpdate(service: string): Promise<Update> {
    const intent = (await this.records.services([service])).get(service)?.intent
    if (!intent) throw new Error(`UpdateService of ${service} without an intent on record`)
    const { source, label, sequence } = intent.labelChange
    const labelChange = (await this.records.labelChanges()).find(
      known => known.source === source && known.label === label,
    )
    const change = changeIdOf({ ...labelChange!, sequence })
    return {
      at: this.time.now(),
      service,
      change,
      wasStale: this.#beganBefore(service),
      exact: labelChange!.bound === 'exact',
      afterFailure: this.failedAt.get(change),
    }
  }

  #beganBefore(service: string): boolean {
    const cluster = service.split('/').at(-2)
    const { services } = this.ecs.operations.DescribeServices!({ cluster, services: [service] }) as Described
    const primary = services[0]!.deployments.find(({ status }) => status === 'PRIMARY')!
    const tasks = this.ecs.tasks(service)
    // The truth is the running tasks, whatever deployment they are of.
    const began =
      tasks.length > 0 ? Math.min(...tasks.map(({ createdAt }) => createdAt)) : primary.createdAt * 1_000
    const sources = new Set(tasks.flatMap(({ readings }) => readings.map(({ source }) => source)))
    // Tasks that were replaced while a plan was carried out: it had looked at those before them.
    const justNow = this.time.now() - began < planAgeMs
    return justNow || [...sources].some(source => began < (this.movedAt.get(source) ?? 0) + 1_000)
  }

  /** References of running tasks that mean something else now. */
  staleTasks(service: string): readonly string[] {
    return this.ecs
      .tasks(service)
      .filter(({ status, stopping }) => status === 'RUNNING' && !stopping)
      .flatMap(({ readings }) => readings)
      .filter(({ valueFrom, versionId }) => this.#lookup(valueFrom)?.versionId !== versionId)
      .map(({ valueFrom }) => valueFrom)
  }

  /** The store as functions reach it. */
  #faultyStore(): RecyclerStore {
    const call = <T>(work: () => Promise<T>) =>
      this.lambdas.call(work, {
        throttled: () => new StoreError('throttled', 'asked too often'),
        lost: () => new StoreError('timeout', 'no answer'),
      })
    const store = this.#store
    return {
      read: keys => call(() => store.read(keys)),
      list: (partition, options) => call(() => store.list(partition, options)),
      write: (key, value, options) =>
        call(async () => {
          const written = await store.write(key, value, options)
          if (written !== undefined) this.#noteRun(key, value, options)
          return written
        }),
    }
  }

  #noteRun({ partition }: Key, value: unknown, _options?: WriteOptions): void {
    if (partition !== 'recycler#run') return
    const { change, status } = value as { change: string; status: string }
    if (status === 'failed' && !this.failedAt.has(change)) this.failedAt.set(change, this.time.now())
    // A person starts it again.
    if (status === 'running') this.failedAt.delete(change)
  }
}
