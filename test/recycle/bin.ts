// npm run recycle:soak -- [--seeds 5000] [--first 1]: plays seeds, on two threads, and names those that broke something.
import { Worker } from 'node:worker_threads'
import { main, type SeedResult } from './main.ts'

function thread() {
  const worker = new Worker(new URL('./worker.ts', import.meta.url))
  const play = (seed: number) =>
    new Promise<SeedResult>((resolve, reject) => {
      worker.once('error', reject)
      worker.once('message', (played: SeedResult) => {
        worker.off('error', reject)
        resolve(played)
      })
      worker.postMessage(seed)
    })
  return { play, close: () => worker.terminate() }
}

process.exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  thread,
})
