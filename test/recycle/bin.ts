// npm run recycle:soak -- [--seeds 5000] [--first 1]: plays seeds, on two threads, and names those that broke something.
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { broken } from './invariants.ts'
import { play } from './scenario.ts'

interface Result {
  readonly seed: number
  readonly problems: readonly string[]
  readonly updates: number
}

if (isMainThread) {
  const { values } = parseArgs({
    options: { seeds: { type: 'string', default: '5000' }, first: { type: 'string', default: '1' } },
  })
  const [seeds, first] = [Number(values.seeds), Number(values.first)]
  let next = first
  let done = 0
  let updates = 0
  const bad: Result[] = []
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url))
      const give = () => worker.postMessage(next < first + seeds ? next++ : undefined)
      worker.on('message', (result: Result) => {
        done++
        updates += result.updates
        if (result.problems.length > 0) {
          bad.push(result)
          console.log(`seed ${result.seed}:\n  ${result.problems.join('\n  ')}`)
        }
        if (done % 500 === 0) console.log(`${done} of ${seeds} runs`)
        give()
      })
      worker.on('error', reject)
      worker.on('exit', () => resolve())
      give()
    })
  const began = performance.now()
  await Promise.all([one(), one()])
  const seconds = Math.round((performance.now() - began) / 1_000)
  console.log(`${done} runs, ${updates} recycles, ${bad.length} with something broken, in ${seconds} s`)
  process.exitCode = bad.length > 0 || done < seeds ? 1 : 0
} else {
  parentPort!.on('message', async (seed: number | undefined) => {
    if (seed === undefined) {
      parentPort!.close()
      return
    }
    try {
      const played = await play(seed)
      parentPort!.postMessage({ seed, problems: broken(played), updates: played.world.updates.length })
    } catch (error) {
      parentPort!.postMessage({ seed, problems: [String((error as Error).stack)], updates: 0 })
    }
  })
}
