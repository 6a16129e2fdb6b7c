import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { RunResult } from './result.ts'
import type { Job, Reply } from './worker.ts'

// Workers that run the TypeScript sources need the export condition of this repository.
const extension = import.meta.url.slice(-3)
const execArgv = extension === '.ts' ? ['--conditions=@breakwater/source'] : []

/** Options of {@link runAll}. */
export interface RunAllOptions {
  /** Runs at the same time. @default one a core */
  readonly threads?: number
  /** A module that exports `breakers`, a list of `BreakerFactory`, for jobs that name one. @default none */
  readonly breakers?: URL | undefined
}

/**
 * Makes runs on several threads and hands over each result as it comes, in no order. A run has the same result on every
 * thread.
 *
 * @throws Error when a run could not be made, with its seed.
 * @example
 * const scenario = findScenario('outage')
 * const jobs = [1, 2, 3].map(seed => ({ scenario, options: { seed, size: 100 } }))
 * const summary = new Summary()
 * await runAll(jobs, result => summary.add(result))
 */
export async function runAll(
  jobs: Iterable<Job>,
  onResult: (result: RunResult, job: Job) => void,
  { threads = availableParallelism(), breakers }: RunAllOptions = {},
): Promise<void> {
  const queue = jobs[Symbol.iterator]()
  const workerData = { breakers: breakers?.href }
  const work = async () => {
    const worker = new Worker(new URL(`./worker${extension}`, import.meta.url), { execArgv, workerData })
    try {
      for (let next = queue.next(); !next.done; next = queue.next()) {
        const job = next.value
        const reply = await send(worker, job)
        const { scenario, options } = job
        if ('error' in reply) {
          throw new Error(`${scenario.name}, size ${options.size}, seed ${options.seed}: ${reply.error}`)
        }
        onResult(reply.result, job)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: threads }, work))
}

function send(worker: Worker, job: Job): Promise<Reply> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (reply: Reply) => {
      worker.off('error', reject)
      resolve(reply)
    })
    worker.postMessage(job)
  })
}
