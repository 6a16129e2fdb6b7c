import { setTimeout as sleep } from 'node:timers/promises'
import { Tally, WorkflowTally } from './call-counts.ts'
import type { DemoStack } from './demo-stack.ts'
import type { FleetWatch } from './fleet-watch.ts'
import { startLoad } from './load.ts'
import type { Narrator } from './narrator.ts'
import { exampleOrder, fulfil, guardedCharge, headersOf } from './orders.ts'
import { fewestEnvironments, type Observed } from './summary.ts'
import { startTicker } from './ticker.ts'

/** Workflows started a second, through the other door. */
const workflowRate = 5

/** Options of {@link playOutage}. */
export interface StoryOptions {
  readonly rig: DemoStack
  readonly watch: FleetWatch
  readonly narrator: Narrator
  /** Orders a second. */
  readonly rate: number
  /** The slow start of the circuit, in ms. */
  readonly recoveryMs: number
  /** Ends the story where it stands. */
  readonly signal: AbortSignal
}

/**
 * Plays one outage of the payment provider under load, and returns what was seen. Each step ends when what
 * it waits for has happened; the bounds are only there so that a story that goes wrong ends as well.
 */
export async function playOutage(options: StoryOptions): Promise<Omit<Observed, 'recycle'>> {
  const { rig, watch, narrator, rate, recoveryMs, signal } = options
  const tally = new Tally()
  const workflows = new WorkflowTally()
  const sentAt: number[] = []
  const chargedAt: number[] = []
  const until = (met: () => boolean, withinMs: number) => waitUntil(met, withinMs, signal)

  const offCharges = rig.provider.onCharge(at => chargedAt.push(at))
  const ticker = startTicker({ rig, watch, tally, narrator, charges: () => chargedAt.length })
  const otherDoor = startLoad({
    url: `${rig.workflows.url}/workflows/guarded-call`,
    rate: workflowRate,
    body: () => guardedCharge(rig),
    headers: headersOf(rig),
    tally: workflows,
    onSend: at => sentAt.push(at),
  })
  const load = startLoad({
    url: `${rig.orders}/orders`,
    rate,
    body: exampleOrder,
    tally,
    onSend: at => sentAt.push(at),
  })

  try {
    ticker.phase('healthy')
    narrator.turn(
      `the provider is well; ${rate} orders a second, and ${workflowRate} workflows a second through the same circuit`,
    )
    await sleep(2_500, undefined, { signal })
    await until(
      () => tally.calls.succeeded >= rate && rig.scheduler.environments.size >= fewestEnvironments,
      10_000,
    )

    ticker.phase('provider down')
    narrator.turn('the provider goes down: it answers every charge with 503')
    await switchFault(rig, { mode: 'errors' }, signal)
    await until(() => watch.state === 'OPEN', 10_000)
    await until(() => unaware(rig, watch) === 0, 3_000)
    const [knowing, all] = [watch.knewOpen.size, rig.scheduler.environments.size]
    narrator.turn(`the circuit is open in ${knowing} of ${all} environments; fallbacks answer`)

    ticker.phase('provider hangs')
    narrator.turn('now the provider takes calls and answers none, so that the next probe fails as well')
    await switchFault(rig, { mode: 'hang' }, signal)
    await until(() => watch.state === 'HALF_OPEN' || reopened(watch), 8_000)
    narrator.turn('half-open: no more than a few calls of the whole fleet probe the provider')
    await until(() => reopened(watch), 8_000)

    ticker.phase('provider is back')
    narrator.turn('the provider is well again; nobody knows yet')
    await switchFault(rig, { mode: 'none' }, signal)
    await until(() => watch.state !== 'OPEN', 15_000)

    ticker.phase('half-open probes')
    narrator.turn('half-open again, and now the probes succeed')
    await until(() => watch.state === 'CLOSED', 5_000)

    ticker.phase('slow start')
    narrator.turn('the circuit is closed; traffic is let in little by little')
    await sleep(recoveryMs, undefined, { signal })

    ticker.phase('full traffic')
    await until(() => ticker.full, 10_000)
    if (ticker.full) narrator.turn('the circuit is closed and traffic flows in full')
    await load.stop()
    await otherDoor.stop()
    await tellFulfilments(rig, narrator, workflows, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    for (const one of [load, otherDoor]) {
      if (signal.aborted) one.abandon()
      else await one.stop()
    }
    ticker.stop()
    offCharges()
  }
  return {
    environments: rig.scheduler.started,
    knewOpen: watch.knewOpen.size,
    transitions: watch.transitions,
    calls: tally.calls,
    surprises: tally.surprises,
    sentAt,
    chargedAt,
    store: rig.stack.tableCounts(),
    workflows: workflows.workflows,
    fullTraffic: ticker.full,
  }
}

/** Two orders that a workflow fulfils: one arrives, one cannot be delivered and is taken back. */
async function tellFulfilments(
  rig: DemoStack,
  narrator: Narrator,
  workflows: WorkflowTally,
  signal: AbortSignal,
): Promise<void> {
  narrator.turn('two orders go through the fulfilment workflow, one of them to where nobody delivers')
  for (const country of ['PT', 'AQ']) {
    workflows.send()
    const { name, status, outcome } = await fulfil(rig, country, signal)
    workflows.answer(status, JSON.stringify({ error: outcome }))
    narrator.say(`  order to ${country}: ${outcome} (${status}); ${tasksOf(rig, name).join(' > ')}`)
  }
}

/** The tasks of an execution, in the order they were begun. */
function tasksOf({ stack: { machines, executions } }: DemoStack, execution: string): readonly string[] {
  const all = [...machines].flatMap(machine => (machine.type === 'STANDARD' ? executions.of(machine) : []))
  const history = all.find(started => started.execution.name === execution)?.execution.history ?? []
  return history.flatMap(event => {
    const { name } = (event.stateEnteredEventDetails ?? {}) as { name?: string }
    return event.type === 'TaskStateEntered' && name ? [name] : []
  })
}

/** Environments that are alive and have not heard yet that the circuit is open. */
function unaware(rig: DemoStack, watch: FleetWatch): number {
  return [...rig.scheduler.environments].filter(({ id }) => !watch.knewOpen.has(id)).length
}

function reopened(watch: FleetWatch): boolean {
  return watch.transitions.some(({ from, to }) => from === 'HALF_OPEN' && to === 'OPEN')
}

async function switchFault(rig: DemoStack, fault: object, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify(fault)
  const answer = await fetch(`${rig.provider.url}/faults`, { method: 'PUT', body, signal })
  if (!answer.ok) throw new Error(`the provider refused ${body}: ${await answer.text()}`)
  await answer.body?.cancel()
}

async function waitUntil(met: () => boolean, withinMs: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + withinMs
  while (!met() && performance.now() < end) await sleep(20, undefined, { signal })
}
