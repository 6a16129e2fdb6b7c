import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { Circuit, type CircuitOptions, isCircuitOpenError } from '@breakwater/circuit'
import { MemoryStore } from '@breakwater/circuit/shared'
import { DynamoDbStore } from '@breakwater/dynamodb'
import { classifyFetch, guardFetch, retry } from '@breakwater/guards'
import { circuitBreaker } from '@breakwater/middy'
import { circuitLogger, circuitMetrics } from '@breakwater/powertools'
import middy from '@middy/core'
import { answer, context, deployedChain, event, quietPowertools } from '../chain.ts'
import { startServer } from '../http-server.ts'
import {
  dayMs,
  fail,
  failing,
  failure,
  fill,
  type Subject,
  type Subjects,
  timeLimitMs,
  windowMs,
  work,
} from '../subject.ts'

const bare = () => work()
const seven = () => 7

function closed(name: string, options: CircuitOptions = {}): Subject {
  const circuit = new Circuit('bench', options)
  return { bare, answer: 42, calls: { [name]: () => circuit.run(work) } }
}

async function opened(): Promise<Circuit> {
  const circuit = new Circuit('bench', { consecutiveFailures: 5, openMs: dayMs, maxOpenMs: dayMs })
  await failing(() => circuit.run(fail))
  return circuit
}

/** Opens when nothing but failures came, which is never so here: the first call of each succeeds. */
async function filled(samples: number): Promise<Circuit> {
  const circuit = new Circuit('bench', { failureRate: 1, windowMs })
  await fill(
    samples,
    () => circuit.run(work),
    () => circuit.run(fail),
  )
  return circuit
}

/** The cost of a time limit alone: Node's own timer. */
async function timed(): Promise<number> {
  const timer = setTimeout(() => {}, timeLimitMs)
  const value = await work()
  clearTimeout(timer)
  return value
}

function retried(name: string, more: { readonly fallback?: () => number } = {}): Subject {
  const circuit = new Circuit('bench', { timeoutMs: timeLimitMs, retry: retry({ attempts: 3 }) })
  const options = { idempotent: true, ...more }
  return { bare, answer: 42, calls: { [name]: () => circuit.run(work, options) } }
}

async function fetched(): Promise<Subject> {
  const { url, close } = await startServer()
  const guarded = guardFetch(new Circuit('bench', { classify: classifyFetch }))
  return {
    bare: async () => (await fetch(url)).text(),
    answer: '42',
    calls: { fetch: async () => (await guarded(url)).text() },
    close,
  }
}

/** A table of nothing, at no distance: what is measured is the circuit and its store, and neither SDK nor network. */
const emptyTable = { send: async () => ({ Responses: { circuits: [] } }) } as unknown as Pick<
  DynamoDBClient,
  'send'
>

/** A circuit as production has it: shared through its table, its events in logs and metrics. */
async function deployedCircuit(
  { logger, metrics }: ReturnType<typeof quietPowertools>,
  options: CircuitOptions = {},
): Promise<Circuit> {
  const store = new DynamoDbStore({ tableName: 'circuits', client: emptyTable })
  const circuit = new Circuit('bench', { ...options, store })
  circuit.on(circuitLogger(logger))
  circuit.on(circuitMetrics(metrics))
  await store.warm()
  await circuit.refresh()
  return circuit
}

/** A circuit that has lost its store is another one, and cheaper. */
function checkStore(circuit: Circuit): void {
  const { store } = circuit.status()
  if (store !== 'available') throw new Error(`the store is ${store}`)
}

async function deployed(name: string, options?: CircuitOptions): Promise<Subject> {
  const circuit = await deployedCircuit(quietPowertools(), options)
  const close = () => checkStore(circuit)
  return { bare, answer: 42, calls: { [name]: () => circuit.run(work) }, close }
}

async function chained(): Promise<Subject> {
  const { bare: plain, handle, around, ...powertools } = deployedChain()
  const circuit = await deployedCircuit(powertools)
  const guarded = around(handle).use(circuitBreaker({ circuit }))
  const close = () => checkStore(circuit)
  return { bare: plain, answer, calls: { chain: () => guarded(event, context) }, close }
}

function handled(): Subject {
  const plain = middy(async () => answer)
  const guarded = middy(async () => answer).use(circuitBreaker({ circuit: new Circuit('bench') }))
  return {
    bare: () => plain(event, context),
    answer,
    calls: { middleware: () => guarded(event, context) },
  }
}

export const subjects: Subjects = {
  closed: () => closed('closed'),
  'closed-consecutive': () => closed('closed-consecutive', { consecutiveFailures: 5 }),
  'closed-shared': () => closed('closed-shared', { store: new MemoryStore() }),
  'closed-listener': () => closed('closed-listener', { listener: () => {} }),
  'closed-timeout': () => closed('closed-timeout', { timeoutMs: timeLimitMs }),
  timer: () => ({ bare, answer: 42, calls: { timer: timed } }),
  deployed: () => deployed('deployed'),
  'deployed-timeout': () => deployed('deployed-timeout', { timeoutMs: timeLimitMs }),
  retry: () => retried('retry'),
  'retry-fallback': () => retried('retry-fallback', { fallback: seven }),
  'open-fallback': async () => {
    const circuit = await opened()
    const options = { fallback: seven }
    return { bare, answer: 7, calls: { 'open-fallback': () => circuit.run(work, options) } }
  },
  'open-throws': async () => {
    const circuit = await opened()
    return {
      bare,
      rejects: true,
      answer: isCircuitOpenError,
      calls: { 'open-throws': () => circuit.run(work) },
    }
  },
  failing: async () => {
    const [some, many] = [await filled(10_000), await filled(100_000)]
    let none = await filled(1)
    return {
      bare: () => fail(),
      bareRejects: true,
      rejects: true,
      answer: failure,
      before: async () => {
        none = await filled(1)
      },
      calls: {
        'failing-0': () => none.run(fail),
        'failing-10000': () => some.run(fail),
        'failing-100000': () => many.run(fail),
      },
    }
  },
  middleware: handled,
  chain: chained,
  fetch: fetched,
}
