// A thread of the soak: gets seeds, answers what became of each.
import { parentPort } from 'node:worker_threads'
import { broken } from './invariants.ts'
import type { SeedResult } from './main.ts'
import { play } from './scenario.ts'

parentPort!.on('message', async (seed: number) => {
  let played: SeedResult
  try {
    const { world, ...rest } = await play(seed)
    played = { seed, problems: broken({ world, ...rest }), updates: world.updates.length }
  } catch (error) {
    played = { seed, problems: [String((error as Error).stack)], updates: 0 }
  }
  parentPort!.postMessage(played)
})
