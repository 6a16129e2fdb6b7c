import { parentPort } from 'node:worker_threads'
import type { Scenario } from '../scenario/scenario.ts'
import type { RunResult } from './result.ts'
import { type SimulateOptions, simulate } from './simulate.ts'

/** One run to make. */
export interface Job {
  readonly scenario: Scenario
  readonly options: SimulateOptions
}

/** What a worker answers: the run, or what kept it from being made. */
export type Done = { readonly result: RunResult } | { readonly error: string }

parentPort?.on('message', async ({ scenario, options }: Job) => {
  let done: Done
  try {
    const result = await simulate(scenario, options)
    done = { result: options.detail ? result : { ...result, timeline: none, heat: { everyMs: 0, rows: [] } } }
  } catch (error) {
    done = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
  parentPort?.postMessage(done)
})

const none: RunResult['timeline'] = {
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
