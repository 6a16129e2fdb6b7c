import { runStateMachine } from '@breakwater/asl'
import { type CircuitRecord, initialRecord } from '@breakwater/circuit'
import { MemoryStore } from '@breakwater/circuit/shared'
import { VirtualClock } from '@breakwater/circuit/testing'
import { type GuardedTaskOptions, guardedTask } from '@breakwater/workflows'
import { describe, expect, it } from 'vitest'
import { Gate } from '../../functions/circuit-gate/src/gate.ts'
import type { GateRequest } from '../../functions/circuit-gate/src/request.ts'
import {
  batchGetItemResult,
  inStepFunctionsCasing,
  storedItems,
} from '../../packages/workflows/src/items.fixture.ts'

const arnOf = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`
const second = 1_000

/** A workflow with one guarded task, its gate with the default options, and a circuit whose open time is over. */
async function setUp(TimeoutSeconds: number) {
  const clock = new VirtualClock()
  const store = new MemoryStore()
  const gate = new Gate({ store, clock, policies: new Map([['payments', {}]]) })
  const { recovering, suspectSince, suspectUntil, calmUntil, ...base } = initialRecord
  const open = {
    ...base,
    state: 'OPEN',
    generation: 1,
    openings: 1,
    since: clock.now(),
    retryAt: clock.now(),
  } as const
  await store.write('payments', { ...open, reason: 'failure-rate' }, 0, clock.now())
  const task = {
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: arnOf('work'), Payload: '{% $states.input %}' },
    Output: '{% $states.result.Payload %}',
    TimeoutSeconds,
  }
  const options: GuardedTaskOptions = {
    name: 'Charge',
    circuit: 'payments',
    table: 'circuits',
    gate: arnOf('gate'),
    retry: [],
    task,
    end: true,
  }
  const { startAt, states } = guardedTask(options)
  const definition = { QueryLanguage: 'JSONata', StartAt: startAt, States: states }
  const record = async () =>
    (await store.read({ circuit: 'payments', consistent: true })).record as CircuitRecord
  /** Runs a workflow whose task takes so many ms. */
  const run = (takesMs: number) =>
    runStateMachine(definition, {
      clock,
      tasks: {
        'arn:aws:states:::aws-sdk:dynamodb:batchGetItem': async () =>
          batchGetItemResult((await storedItems('payments', await record())).map(inStepFunctionsCasing)),
        [arnOf('gate')]: (request: unknown) => gate.answer(request as GateRequest),
        [arnOf('work')]: () =>
          new Promise(resolve => {
            clock.setTimeout(() => resolve('done'), takesMs)
          }),
      },
    })
  return { clock, run, record }
}

describe('with tasks longer than probeLeaseMs a circuit stayed half-open for ever', () => {
  it('three healthy tasks of 40 s close it, one after the other', async () => {
    const { run, record } = await setUp(60)
    for (const successes of [1, 2]) {
      await expect(run(40 * second)).resolves.toMatchObject({ status: 'SUCCEEDED', output: 'done' })
      expect(await record()).toMatchObject({ state: 'HALF_OPEN', successes })
    }
    await run(40 * second)
    expect(await record()).toMatchObject({ state: 'CLOSED', generation: 3 })
  })

  it('or side by side, and of more none begins beside them', async () => {
    const { clock, run, record } = await setUp(3_600)
    const after = (ms: number, takesMs: number) =>
      new Promise<ReturnType<typeof run>>(resolve => {
        clock.setTimeout(() => resolve(run(takesMs)), ms)
      })
    // The last one comes long after the default of a lease.
    const others = [after(second, 1_800 * second), after(2 * second, 1_800 * second)]
    const late = after(600 * second, second)
    await run(1_800 * second)
    await Promise.all(others)
    expect(await late).toMatchObject({ status: 'FAILED', error: 'Breakwater.CircuitOpen' })
    expect(await record()).toMatchObject({ state: 'CLOSED', generation: 3 })
  })

  it('one that fails after 40 s opens it again', async () => {
    const { run, record } = await setUp(40)
    await expect(run(1_800 * second)).resolves.toMatchObject({ error: 'States.Timeout' })
    expect(await record()).toMatchObject({ state: 'OPEN', reason: 'probe-failed', openings: 2 })
  })
})
