// One process: what a shared table adds to the first call of an environment, and to the later ones. Prints JSON.
import { setTimeout as pause } from 'node:timers/promises'
import { Circuit, type CircuitOptions } from '@breakwater/circuit'
import { DynamoDbStore } from '@breakwater/dynamodb'
import type { Call } from './loop.ts'
import { percentile } from './statistics.ts'
import { work } from './subject.ts'

/** Wall time of calls, in µs: half of them, and 99 of 100, took at most so long. */
export interface Latency {
  readonly p50: number
  readonly p99: number
}

/** Calls without a table, and with one. */
export interface Compared {
  readonly alone: Latency
  readonly shared: Latency
  readonly calls: number
}

export interface StoreLatency {
  /** With a new circuit, and a new connection. */
  readonly first: Compared
  /** While calls keep coming, and some of them find a refresh due. */
  readonly steady: Compared
  /** After a pause of more than twice `refreshMs`. */
  readonly rested: Compared
}

const [firsts, laters] = process.argv.slice(2).map(Number) as [number, number]
const tableName = process.env.CIRCUIT_TABLE

async function timed(call: Call): Promise<number> {
  const before = process.hrtime.bigint()
  await call()
  return Number(process.hrtime.bigint() - before) / 1_000
}

/** Each call after a pause of so many ms; both kinds turn by turn. */
async function compare(
  calls: number,
  pauseMs: number,
  alone: () => Call,
  shared: () => Call,
): Promise<Compared> {
  const kinds = [
    { prepare: alone, found: [] as number[] },
    { prepare: shared, found: [] as number[] },
  ]
  for (let made = 0; made < calls; made++) {
    for (const { prepare, found } of kinds) {
      const call = prepare()
      await pause(pauseMs)
      found.push(await timed(call))
    }
  }
  const [withoutTable, withTable] = kinds.map(({ found }) => ({
    p50: percentile(found, 0.5),
    p99: percentile(found, 0.99),
  }))
  return { alone: withoutTable!, shared: withTable!, calls }
}

const store = new DynamoDbStore({ tableName })
await store.warm()

// The connection is a new one each time; the SDK is loaded already, as it is where a handler warms its store.
const fresh = (options: () => CircuitOptions) => () => {
  const circuit = new Circuit('bench', options())
  return () => circuit.run(work)
}
const kept = (options: CircuitOptions) => {
  const circuit = new Circuit('bench', options)
  return () => () => circuit.run(work)
}
const alone = fresh(() => ({}))
const shared = fresh(() => ({ store: new DynamoDbStore({ tableName }) }))

await compare(20, 1, alone, shared)
const found: StoreLatency = {
  first: await compare(firsts, 1, alone, shared),
  steady: await compare(laters, 2, kept({}), kept({ store, refreshMs: 20 })),
  rested: await compare(laters, 3, kept({}), kept({ store, refreshMs: 1 })),
}
process.stdout.write(JSON.stringify(found), () => process.exit())
