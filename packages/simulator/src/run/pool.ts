import { Worker } from 'node:worker_threads'
import type { RunResult } from './result.ts'
import type { Done, Job } from './worker.ts'

// From the sources (tests, and this repository) workers need what npm scripts tell Node; built, nothing.
const extension = import.meta.url.slice(-3)
const execArgv = extension === '.ts' ? ['--conditions=@breakwater/source'] : []

/**
 * Runs jobs on several threads and hands over each result as it comes, in no order. A run is the same on whatever
 * thread it is made.
 *
 * @throws Error when a run could not be made, with its seed.
 * @example
 * await runAll(jobs, 2, (result) => console.log(result.seed, result.violations.length))
 */
export async function runAll(
  jobs: Iterable<Job>,
  threads: number,
  take: (result: RunResult, job: Job) => void,
): Promise<void> {
  const queue = jobs[Symbol.iterator]()
  const work = async () => {
    const worker = new Worker(new URL(`./worker${extension}`, import.meta.url), { execArgv })
    try {
      for (let next = queue.next(); !next.done; next = queue.next()) {
        const job = next.value
        const done = await ask(worker, job)
        const { scenario, options } = job
        if ('error' in done) {
          throw new Error(`${scenario.name}, size ${options.size}, seed ${options.seed}: ${done.error}`)
        }
        take(done.result, job)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: threads }, work))
}

function ask(worker: Worker, job: Job): Promise<Done> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (done: Done) => {
      worker.off('error', reject)
      resolve(done)
    })
    worker.postMessage(job)
  })
}
