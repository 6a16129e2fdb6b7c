import { parentPort, workerData } from 'node:worker_threads'
import { loadBreakers } from '../fleet/custom.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { RunResult, Timeline } from './result.ts'
import { simulate } from './simulate.ts'
import type { SimulateOptions } from './simulation.ts'

/** One run to make on some thread: plain data, so a custom breaker is named here. */
export interface Job {
  readonly scenario: Scenario
  readonly options: Omit<SimulateOptions, 'breaker'> & {
    /** A name of the breakers module. @default breakwater */
    readonly breaker?: string | undefined
  }
}

/** The answer of a worker: the result of a run, or the error that kept it from being made. */
export type Reply = { readonly result: RunResult } | { readonly error: string }

async function perform({ scenario, options }: Job): Promise<RunResult> {
  const { breaker: name = 'breakwater', ...rest } = options
  const breakers = await loadBreakers(workerData?.breakers)
  const breaker = breakers.find(factory => factory.name === name)
  if (!breaker && name !== 'breakwater') throw new RangeError(`no breaker is named ${name}`)
  const result = await simulate(scenario, { ...rest, breaker })
  return options.detail ? result : { ...result, timeline: noTimeline, heatMap: { everyMs: 0, rows: [] } }
}

parentPort?.on('message', async (job: Job) => {
  let reply: Reply
  try {
    reply = { result: await perform(job) }
  } catch (error) {
    reply = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
  parentPort?.postMessage(reply)
})

const noTimeline: Timeline = {
  bucketMs: 0,
  offered: [],
  succeeded: [],
  failed: [],
  shed: [],
  reads: [],
  writes: [],
  throttled: [],
  alive: [],
}
