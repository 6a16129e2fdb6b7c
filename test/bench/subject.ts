import type { Call } from './loop.ts'

/** The measurement of one process: calls of one library, each beside the same bare call. */
export interface Subject {
  readonly bare: Call
  /** By the names of their rows. */
  readonly calls: Readonly<Record<string, Call>>
  /** The answer of each call, or its rejection. */
  readonly answer: unknown
  /** Whether the calls are rejected; `answer` is then a test of the error. */
  readonly rejects?: boolean
  readonly bareRejects?: boolean
  /** Makes ready for the next round. */
  readonly before?: () => unknown
  readonly close?: () => unknown
}

/** A subject that cannot be measured, and why. */
export interface Skipped {
  readonly skipped: string
}

export type Subjects = Readonly<Record<string, () => Subject | Skipped | Promise<Subject | Skipped>>>

/** The work of a call: as little as possible, so that all other cost is the library's. */
export const work = async () => 42

/** The error of failing work, always the same, since making an error costs more than most calls. */
export const failure = new Error('down')

export const fail = async () => {
  throw failure
}

/** Never reached. Not 1,000 ms: timers of equal length are cheap beside one another, and opossum always has one of that. */
export const timeLimitMs = 1_500

/** The open time of circuits that must not try again while they are measured. */
export const dayMs = 86_400_000

/** A window that no measurement outlasts. */
export const windowMs = 3_600_000

/** Calls until a breaker with any sensible rule has opened. */
export const failuresToOpen = 30

/** Makes each of the calls fail or reject, and takes no notice. */
export async function failing(call: Call, times = failuresToOpen): Promise<void> {
  for (let left = times; left > 0; left--) await Promise.resolve(call()).catch(() => {})
}

/** Fills a window: all calls succeed but one in five thousand. */
export async function fill(samples: number, ok: Call, bad: Call): Promise<void> {
  for (let sample = 0; sample < samples; sample++) {
    if (sample % 5_000 === 1) await failing(bad, 1)
    else await ok()
  }
}

/** Fails unless each call does what is expected of it: a circuit in the wrong state is quick as well. */
export async function check({ calls, answer, rejects = false }: Subject): Promise<void> {
  for (const [name, call] of Object.entries(calls)) {
    const settled = await Promise.resolve(call()).then(
      value => ({ rejected: false, value: value as unknown }),
      (error: unknown) => ({ rejected: true, value: error }),
    )
    const { rejected, value } = settled
    const good = typeof answer === 'function' ? answer(value) : value === answer
    if (rejected !== rejects || !good)
      throw new Error(`${name}: ${rejected ? 'rejected with' : 'answered'} ${value}`)
  }
}
