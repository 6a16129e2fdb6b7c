import { ECSClient } from '@aws-sdk/client-ecs'
import { Circuit, type CircuitOptions } from '@breakwater/circuit'
import { settle, VirtualClock } from '@breakwater/circuit/testing'
import { classifyAws } from '@breakwater/guards'
import type { LabelChange, RunRecord } from '../model.ts'
import { MemoryRecyclerStore } from '../records/memory.ts'
import { Records } from '../records/records.ts'
import type { RecyclerStore } from '../records/store.ts'
import { inProcess } from '../sdk.fixture.ts'
import type { CheckRequest, StartAnswer, StartRequest } from '../workflow/protocol.ts'
import { fakeEcs, targetOf } from './ecs.fixture.ts'
import { Executor } from './executor.ts'
import type { ExecutorOptions } from './executor-options.ts'
import { sharedBucket } from './shared-bucket.ts'

export const source = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf'
export const change = 'db-1f-1'
export const execution = 'db-1f-1-1'
export const labelChangeRef = { source, label: 'AWSCURRENT', versionId: 'v2', sequence: 1 }

/** Where a process is ended: at its nth step, before or after the step takes effect. */
export interface Crash {
  readonly step: number
  readonly when: 'before' | 'after'
}

/** A step of a process: a call of the store or of ECS. */
export type Step = (what: string, take: () => unknown) => unknown

/** One service `web` that reads a secret which moved a minute ago, and a run that is to recycle it. */
export async function makeWorld() {
  const clock = new VirtualClock()
  const ecs = fakeEcs(clock)
  const store = new MemoryRecyclerStore()
  const records = new Records(store, { clock })
  ecs.add('web')
  const movedAt = clock.now() - 60_000
  const labelChange: LabelChange = {
    ...labelChangeRef,
    kind: 'secret',
    name: 'db',
    movedAt,
    bound: 'exact',
    seenAt: movedAt + 1_000,
  }
  const run: RunRecord = {
    change,
    labelChange: labelChangeRef,
    attempt: 1,
    execution,
    status: 'running',
    startedAt: movedAt + 2_000,
    canaryDone: false,
  }
  await records.saveLabelChange(labelChange, 0)
  await records.saveRun(run, 0)
  const request = (name = 'web'): StartRequest => ({
    action: 'start',
    execution,
    change,
    labelChange: { ...labelChangeRef, movedAt },
    target: targetOf(name),
  })
  const checkOf = (answer: StartAnswer, name = 'web'): CheckRequest => {
    if (answer.state !== 'started') throw new Error(`it answered ${JSON.stringify(answer)}`)
    const { deployment, startedAt } = answer
    const { source, label, versionId, sequence } = labelChangeRef
    const common = { execution, change, target: targetOf(name), deployment, startedAt }
    return { action: 'check', ...common, labelChange: { source, label, versionId, sequence } }
  }

  /** Calls under way that a process waits for, so that no time passes meanwhile. */
  let busy = 0
  const timed = async <T>(call: () => Promise<T>): Promise<T> => {
    busy++
    try {
      return await call()
    } finally {
      busy--
    }
  }
  const lagging = async <T>(lag: (() => number) | undefined, call: () => Promise<T>): Promise<T> => {
    const wait = () => lag && new Promise<void>(resolve => void clock.setTimeout(resolve, lag()))
    await wait()
    const answer = await timed(call)
    await wait()
    return answer
  }

  /** A process: an executor of its own, all of whose calls are steps, and take `lag()` ms twice. */
  function start({
    step = (_, take) => take(),
    lag,
    ...options
  }: { step?: Step; lag?: () => number; circuit?: CircuitOptions } & Partial<
    Omit<ExecutorOptions, 'circuit'>
  > = {}) {
    const { circuit: circuitOptions, ...more } = options
    const stepped: RecyclerStore = {
      read: keys => lagging(lag, async () => step('read', () => store.read(keys)) as never),
      write: (...write) => lagging(lag, async () => step('write', () => store.write(...write)) as never),
      list: (...list) => lagging(lag, async () => step('list', () => store.list(...list)) as never),
    }
    const operations = Object.fromEntries(
      Object.entries(ecs.operations).map(([name, operation]) => [
        name,
        (input: { service: string; services: string[] }) => step(name, () => operation(input)),
      ]),
    )
    const real = new ECSClient(inProcess(operations))
    const client = {
      send: (...given: unknown[]) => lagging(lag, () => real.send(...(given as [never]))),
    } as unknown as ECSClient
    const random = () => 0.5
    const common = { clock, random }
    const circuit = new Circuit('ecs-update-service', { ...common, classify: classifyAws, ...circuitOptions })
    const bucket = sharedBucket({ store: stepped, name: 'ecs-update-service', ...common })
    const executor = new Executor({
      ...common,
      ecs: client,
      records: new Records(stepped, { clock }),
      circuit,
      bucket,
      ...more,
    })
    return { executor, circuit, bucket }
  }

  /** Lets time pass until a promise settles, but none while a call is under way. */
  async function pass<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const detection = promise.finally(() => {
      settled = true
    })
    detection.catch(() => {})
    for (let turns = 0; !settled; turns++) {
      if (turns > 1_000_000) throw new Error('it does not end')
      await settle()
      if (busy === 0 && !settled) await clock.advance(10)
    }
    return detection
  }

  /** Asks again as the workflow does, until the service is not busy. */
  async function see(executor: Executor, name = 'web'): Promise<StartAnswer> {
    for (let asked = 0; asked < 20; asked++) {
      const answer = await pass(executor.start(request(name)))
      if (answer.state !== 'busy') return answer
      await clock.advance(answer.seconds * 1_000)
    }
    throw new Error('it stays busy')
  }

  const audits = async (act: string) => (await records.audits(source, 1_000)).filter(one => one.act === act)
  /** A process that dies leaves its calls as they are, for ever. */
  const forget = () => {
    busy = 0
  }
  return { clock, ecs, store, records, labelChange, run, request, checkOf, start, pass, see, audits, forget }
}

/** Ends a process at a step: nothing of it happens any more. `died` resolves then; `count` tells its steps. */
export function crashing(at: Crash | undefined, never = new Promise<never>(() => {})) {
  const { promise: died, resolve } = Promise.withResolvers<'died'>()
  let count = 0
  let dead = false
  const steps: string[] = []
  const step: Step = async (what, take) => {
    if (dead) return never
    const mine = ++count
    steps.push(what)
    const dies = mine === at?.step
    if (dies) dead = true
    if (!dies || at.when === 'after') {
      const taken = await take()
      if (!dead) return taken
    }
    if (dies) resolve('died')
    return never
  }
  return { step, died, steps }
}
