import type { CircuitEvent } from '@breakwater/circuit'
import { expect, it } from 'vitest'
import { Engine } from '../engine/engine.ts'
import { Environment } from '../engine/environment.ts'
import { Random } from '../engine/random.ts'
import { SimulatedTable } from '../table/table.ts'
import { WorkflowBreaker } from './workflows.ts'

/** The gates of two environments, through which tasks go by turns. */
function setUp() {
  const engine = new Engine()
  const random = new Random(1)
  const table = new SimulatedTable(engine, random.fork('table'))
  const events: CircuitEvent[] = []
  const policy = { minimumCalls: 5, openMs: 5_000, maxOpenMs: 5_000, probes: 1, recoveryMs: 0 }
  const gates = [1, 2].map(id => {
    const environment = new Environment(engine, id, 0)
    environment.enter()
    return new WorkflowBreaker(environment, random, table, policy, 40_000, event => events.push(event))
  }) as [WorkflowBreaker, WorkflowBreaker]
  /** Advances virtual time until the work has settled. */
  const during = async <T>(work: Promise<T>): Promise<T> => {
    let settled = false
    const done = () => {
      settled = true
    }
    work.then(done, done)
    while (!settled) await engine.run(engine.now + 100)
    return work
  }
  /** Tasks that fail, until the circuit is open. */
  const open = async () => {
    while (
      !events.some(event => event.type === 'transition' && event.scope === 'fleet' && event.to === 'OPEN')
    ) {
      await during(gates[0].run(() => Promise.reject(new Error('dead'))))
      await engine.run(engine.now + 500)
    }
  }
  return { engine, table, gates, during, open }
}

const works = () => Promise.resolve()

it('a task that works is a success, and one that does not a failure', async () => {
  const { gates, during } = setUp()
  expect(await during(gates[0].run(works))).toBe('success')
  expect(await during(gates[0].run(() => Promise.reject(new Error('dead'))))).toBe('failure')
})

it('tasks that fail open the circuit, and the next one is refused in any environment without being started', async () => {
  const { engine, gates, during, open } = setUp()
  await open()
  await engine.run(engine.now + 1_000)
  let started = 0
  for (const gate of gates) expect(await during(gate.run(async () => void started++))).toBe('rejected')
  expect(started).toBe(0)
})

it('a permit of one environment, recorded in another after the whole time of a task, closes the circuit', async () => {
  const { engine, gates, during, open } = setUp()
  await open()
  await engine.run(engine.now + 10_000)
  const permit = await during(gates[0].acquire())
  expect(permit).toMatchObject({ lease: expect.any(String) })
  // The one permit is taken for as long as a task may run.
  await engine.run(engine.now + 39_000)
  expect(await during(gates[1].acquire())).toBeUndefined()
  await during(gates[1].record(permit!, true))
  expect(await during(gates[1].run(works))).toBe('success')
})

it('a probe that failed opens the circuit again', async () => {
  const { engine, gates, during, open } = setUp()
  await open()
  await engine.run(engine.now + 10_000)
  await during(gates[1].record((await during(gates[0].acquire()))!, false))
  expect(await during(gates[0].acquire())).toBeUndefined()
})

it('while the table does not answer every task is let in unverified, and its outcome counts nowhere', async () => {
  const { engine, table, gates, during, open } = setUp()
  await open()
  table.conditions = { down: true }
  await engine.run(engine.now + 2_000)
  expect(await during(gates[0].acquire())).toBe('unverified')
  expect(await during(gates[0].run(works))).toBe('success')
  const { writes } = table.totals
  await during(gates[0].record('unverified', false))
  expect(table.totals.writes).toBe(writes)
})
