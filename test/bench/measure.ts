import { setImmediate as turn } from 'node:timers/promises'
import { type Call, type Loop, loopOf } from './loop.ts'
import { median, mediansOf } from './statistics.ts'
import type { Subject } from './subject.ts'

/** The CPU time of a call, itself included. */
export interface Time {
  readonly ns: number
  readonly bareNs: number
  readonly ratio: number
  /** Times the first call measured beside it, where there are several. */
  readonly toFirst: number
}

/** What a call allocates, itself included. */
export interface Allocation {
  readonly bytes: number
  readonly bareBytes: number
}

export type Cost = Time & Allocation

interface Measured {
  readonly call: Call
  readonly loop: Loop
  readonly rejects: boolean
  /** Calls a round. */
  calls: number
}

/** How long a round should take, in µs: far above what the clock can tell, far below what one waits for. */
const roundUs = 5_000
const maxWarmUpUs = 5_000_000
const maxAllocatingCalls = 3_000
const allocatingRounds = 5

/**
 * CPU time of this process so far, in µs. Of all its threads: that of the main one alone is counted by Linux in steps of
 * milliseconds only. What the compiler does beside a round is left to the median.
 */
function cpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Makes so many calls; answers their CPU time in µs. */
async function run({ call, loop, rejects }: Measured, calls: number): Promise<number> {
  const before = cpu()
  const rejected = await loop(call, calls)
  const spent = cpu() - before
  if (rejected !== (rejects ? calls : 0))
    throw new Error(`${rejected} of ${calls} calls were rejected, expected ${rejects ? 'all' : 'none'}`)
  return spent
}

/** Makes so many calls, for so long at most, and finds out how many make a round. */
async function warmUp(measured: Measured, calls: number, before: () => unknown): Promise<void> {
  let spent = 0
  for (let made = 0; made < calls && spent < maxWarmUpUs; ) {
    await before()
    made += measured.calls
    const took = await run(measured, measured.calls)
    spent += took
    if (took < roundUs) measured.calls = Math.ceil(measured.calls * Math.min(2, roundUs / Math.max(took, 1)))
    await turn()
  }
}

async function allocated(measured: Measured): Promise<number> {
  const calls = Math.min(measured.calls, maxAllocatingCalls)
  gc!()
  const before = process.memoryUsage().heapUsed
  await run(measured, calls)
  return (process.memoryUsage().heapUsed - before) / calls
}

interface Prepared {
  readonly base: Measured
  readonly guarded: readonly (Measured & { readonly name: string })[]
}

/** The loops of a subject's calls, warmed up until the compiler is done with them. */
async function prepared(
  { bare, calls, rejects = false, bareRejects = false, before = () => {} }: Subject,
  warmUpCalls: number,
): Promise<Prepared> {
  const base: Measured = { call: bare, loop: await loopOf('bare'), rejects: bareRejects, calls: 10 }
  const guarded: (Measured & { readonly name: string })[] = []
  for (const [name, call] of Object.entries(calls))
    guarded.push({ name, call, loop: await loopOf(name), rejects, calls: 10 })
  // A tenth first, so that none is compiled for good before the others have shown what they need of the same code.
  for (const part of [0.1, 1])
    for (const measured of [base, ...guarded]) await warmUp(measured, warmUpCalls * part, before)
  return { base, guarded }
}

/**
 * Measures the calls of a subject, round by round beside the bare call, so that whatever slows the machine down for a
 * while slows both.
 */
export async function measureTime(
  subject: Subject,
  warmUpCalls: number,
  rounds: number,
): Promise<Record<string, Time>> {
  const { base, guarded } = await prepared(subject, warmUpCalls)
  const times = new Map(guarded.map(({ name }) => [name, [] as Time[]]))
  for (let round = 0; round < rounds; round++) {
    await subject.before?.()
    await turn()
    const bareNs = ((await run(base, base.calls)) / base.calls) * 1_000
    let first: number | undefined
    for (const measured of guarded) {
      await turn()
      const ns = ((await run(measured, measured.calls)) / measured.calls) * 1_000
      first ??= ns
      times.get(measured.name)!.push({ ns, bareNs, ratio: ns / bareNs, toFirst: ns / first })
    }
  }
  return Object.fromEntries(Array.from(times, ([name, found]) => [name, mediansOf(found)]))
}

/** What the calls of a subject allocate, in a process with room for all of it: see `roomy` in child.ts. */
export async function measureAllocation(
  subject: Subject,
  warmUpCalls: number,
): Promise<Record<string, Allocation>> {
  const { base, guarded } = await prepared(subject, warmUpCalls)
  const bytes = new Map<Measured, number[]>([base, ...guarded].map(measured => [measured, []]))
  for (let round = 0; round < allocatingRounds; round++) {
    await subject.before?.()
    for (const [measured, found] of bytes) {
      await turn()
      found.push(await allocated(measured))
    }
  }
  const bareBytes = median(bytes.get(base)!)
  return Object.fromEntries(
    guarded.map(measured => [measured.name, { bytes: median(bytes.get(measured)!), bareBytes }]),
  )
}
