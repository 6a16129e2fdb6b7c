import { setTimeout as sleep } from 'node:timers/promises'
import { CallCounter, WorkflowCounter } from './call-counts.ts'
import type { DemoStack } from './demo-stack.ts'
import type { FleetWatch } from './fleet-watch.ts'
import { startLoad } from './load.ts'
import type { Narrator } from './narrator.ts'
import { exampleOrder, fulfilOrder, guardedCharge } from './orders.ts'
import { type DemoResult, minEnvironments } from './summary.ts'
import { startTicker, type Ticker } from './ticker.ts'

/** Workflows started a second, through the workflows API. */
const workflowRate = 5

/** Options of {@link playOutage}. */
export interface OutageOptions {
  readonly demo: DemoStack
  readonly watch: FleetWatch
  readonly narrator: Narrator
  /** Orders a second. */
  readonly rate: number
  /** The slow start of the circuit, in ms. */
  readonly recoveryMs: number
  /** Ends the outage at once. */
  readonly signal: AbortSignal
}

/** Plays one outage of the payment provider under load, and returns what was observed. */
export async function playOutage(options: OutageOptions): Promise<Omit<DemoResult, 'recycle'>> {
  const { demo, watch, narrator, rate, signal } = options
  const counter = new CallCounter()
  const workflows = new WorkflowCounter()
  const sentAt: number[] = []
  const chargedAt: number[] = []
  const onSend = (at: number) => sentAt.push(at)

  const offCharges = demo.provider.onCharge(at => chargedAt.push(at))
  const ticker = startTicker({ demo, watch, counter, narrator, charges: () => chargedAt.length })
  const loads = [
    startLoad({ url: `${demo.orders}/orders`, rate, body: exampleOrder, counter, onSend }),
    startLoad({
      url: `${demo.workflows.url}/workflows/guarded-call`,
      rate: workflowRate,
      body: guardedCharge,
      sign: demo.workflows.shop.sign,
      counter: workflows,
      onSend,
    }),
  ]
  try {
    await playSteps(options, ticker, counter)
    for (const load of loads) await load.stop()
    await playFulfilments(demo, narrator, workflows, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    for (const load of loads) {
      if (signal.aborted) load.abandon()
      else await load.stop()
    }
    ticker.stop()
    offCharges()
  }
  return {
    environments: demo.scheduler.started,
    awareEnvironments: watch.awareOfOpening.size,
    transitions: watch.transitions,
    calls: counter.counts,
    unexpected: counter.unexpected,
    sentAt,
    chargedAt,
    store: demo.stack.tableCounts(),
    workflows: workflows.counts,
    fullTraffic: ticker.full,
  }
}

/** Each step ends when its condition is met. The time limits are there so that an outage that goes wrong ends as well. */
async function playSteps(options: OutageOptions, ticker: Ticker, counter: CallCounter): Promise<void> {
  const { demo, watch, narrator, rate, recoveryMs, signal } = options
  const until = (met: () => boolean, withinMs: number) => waitUntil(met, withinMs, signal)
  const environments = () => demo.scheduler.environments.size

  ticker.phase('healthy')
  narrator.step(
    `the provider is well; ${rate} orders a second, and ${workflowRate} workflows a second through the same circuit`,
  )
  await sleep(2_500, undefined, { signal })
  await until(() => counter.counts.succeeded >= rate && environments() >= minEnvironments, 10_000)

  ticker.phase('provider down')
  narrator.step('the provider goes down: it answers every charge with 503')
  await switchFault(demo, { mode: 'errors' }, signal)
  await until(() => watch.state === 'OPEN', 10_000)
  await until(() => unaware(demo, watch) === 0, 3_000)
  narrator.step(
    `${watch.awareOfOpening.size} of ${environments()} environments know that the circuit is open; fallbacks answer`,
  )

  ticker.phase('provider hangs')
  narrator.step('now the provider takes calls and never answers, so that the next probe fails as well')
  await switchFault(demo, { mode: 'hang' }, signal)
  await until(() => watch.state === 'HALF_OPEN' || reopened(watch), 8_000)
  narrator.step('half-open: a few calls of the whole fleet, and no more, probe the provider')
  await until(() => reopened(watch), 8_000)

  ticker.phase('provider is back')
  narrator.step('the provider is well again; the circuit finds out by its next probes')
  await switchFault(demo, { mode: 'none' }, signal)
  await until(() => watch.state !== 'OPEN', 15_000)

  ticker.phase('half-open probes')
  narrator.step('half-open again, and now the probes succeed')
  await until(() => watch.state === 'CLOSED', 5_000)

  ticker.phase('slow start')
  narrator.step('the circuit is closed; traffic is let in little by little')
  await sleep(recoveryMs, undefined, { signal })

  ticker.phase('full traffic')
  await until(() => ticker.full, 10_000)
  if (ticker.full) narrator.step('the circuit is closed and traffic flows in full')
}

/** Two orders for the fulfilment workflow: one is delivered, the other cannot be and is undone. */
async function playFulfilments(
  demo: DemoStack,
  narrator: Narrator,
  workflows: WorkflowCounter,
  signal: AbortSignal,
): Promise<void> {
  narrator.step('two orders go through the fulfilment workflow, one of them to a country without delivery')
  for (const country of ['PT', 'AQ']) {
    workflows.send()
    const { name, status, outcome } = await fulfilOrder(demo, country, signal)
    workflows.answer(status, JSON.stringify({ error: outcome }))
    narrator.line(`  order to ${country}: ${outcome} (${status})`)
    narrator.list(tasksOf(demo, name))
  }
}

/** The tasks of an execution, in the order in which they began. The name of its owner comes before its own. */
function tasksOf({ stack: { machines, executions } }: DemoStack, execution: string): readonly string[] {
  const all = [...machines].flatMap(machine => (machine.type === 'STANDARD' ? executions.of(machine) : []))
  const history =
    all.find(started => started.execution.name.endsWith(`-${execution}`))?.execution.history ?? []
  return history.flatMap(event => {
    const { name } = (event.stateEnteredEventDetails ?? {}) as { name?: string }
    return event.type === 'TaskStateEntered' && name ? [name] : []
  })
}

/** The number of live environments that do not know yet that the circuit is open. */
function unaware(demo: DemoStack, watch: FleetWatch): number {
  return [...demo.scheduler.environments].filter(({ id }) => !watch.awareOfOpening.has(id)).length
}

function reopened(watch: FleetWatch): boolean {
  return watch.transitions.some(({ from, to }) => from === 'HALF_OPEN' && to === 'OPEN')
}

async function switchFault(demo: DemoStack, fault: object, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify(fault)
  const answer = await fetch(`${demo.provider.url}/faults`, { method: 'PUT', body, signal })
  if (!answer.ok) throw new Error(`the provider refused ${body}: ${await answer.text()}`)
  await answer.body?.cancel()
}

async function waitUntil(met: () => boolean, withinMs: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + withinMs
  while (!met() && performance.now() < end) await sleep(20, undefined, { signal })
}
