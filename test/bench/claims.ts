import { allTogether } from './cases.ts'
import { maxBytes } from './parts.ts'
import { costOf, type Results } from './results.ts'

/** A figure, in words, and whether it is good enough. */
export interface Verdict {
  readonly found: string
  readonly holds: boolean
}

/** Something the library must reach. */
export interface Claim {
  readonly what: string
  readonly target: string
  /** Undefined where what it takes was not measured. */
  readonly judge: (results: Results) => Verdict | undefined
}

/** A claim and what became of it. */
export interface Judged {
  readonly what: string
  readonly target: string
  readonly verdict: Verdict | undefined
}

const closedRows = ['closed', 'closed-consecutive'] as const

const times = (ratio: number) => `${ratio.toFixed(ratio < 10 ? 2 : 1)} times`
const bytes = (count: number) => `${Math.round(count).toLocaleString('en')} bytes`

/** The dearer of both ways to count; each must be good. */
function closed(results: Results, figure: 'ratio' | 'bytes'): number | undefined {
  const found = closedRows.flatMap(row => costOf(results, row, 'breakwater')?.[figure] ?? [])
  return found.length === closedRows.length ? Math.max(...found) : undefined
}

function atMost(
  found: number | undefined,
  max: number,
  shown: (value: number) => string,
): Verdict | undefined {
  return found === undefined ? undefined : { found: shown(found), holds: found <= max }
}

function ratioAtMost(what: string, row: string, max: number): Claim {
  return {
    what,
    target: `at most ${max} times the bare call`,
    judge: results => atMost(costOf(results, row, 'breakwater')?.ratio, max, times),
  }
}

/** `ours`: our cost; that of the row unless it is given. */
function besideCockatiel(
  what: string,
  row: string,
  ours = (results: Results) => costOf(results, row, 'breakwater')?.ratio,
): Claim {
  return {
    what,
    target: "at most cockatiel's",
    judge: results => {
      const own = ours(results)
      const theirs = costOf(results, row, 'cockatiel')?.ratio
      if (own === undefined || theirs === undefined) return undefined
      return { found: `${times(own)} the bare call, cockatiel ${times(theirs)}`, holds: own <= theirs }
    },
  }
}

/** The promises about cost, in the order of docs/performance.md. */
export const claims: readonly Claim[] = [
  {
    what: 'A call through a closed circuit',
    target: 'at most 4 times the bare call',
    judge: results => atMost(closed(results, 'ratio'), 4, times),
  },
  besideCockatiel('The same, where cockatiel counts failures in a row', 'closed-consecutive', results =>
    closed(results, 'ratio'),
  ),
  {
    what: 'Memory allocated by a call through a closed circuit, the call itself included',
    target: 'at most 700 bytes',
    judge: results => atMost(closed(results, 'bytes'), 700, bytes),
  },
  besideCockatiel('A call through a closed circuit with a listener', 'closed-listener'),
  ratioAtMost('Retry, breaker and time limit', 'retry', 20),
  {
    what: 'The same beside cockatiel',
    target: 'at most a third',
    judge: results => {
      const ours = costOf(results, 'retry', 'breakwater')?.ratio
      const theirs = costOf(results, 'retry', 'cockatiel')?.ratio
      if (ours === undefined || theirs === undefined) return undefined
      return { found: `cockatiel takes ${times(theirs / ours)} as much`, holds: theirs >= 3 * ours }
    },
  },
  {
    what: 'Memory allocated by a call through retry, breaker and time limit',
    target: 'at most 3,072 bytes',
    judge: results => atMost(costOf(results, 'retry', 'breakwater')?.bytes, 3_072, bytes),
  },
  ratioAtMost('A call that an open circuit answers by a fallback', 'open-fallback', 15),
  ratioAtMost('A call that an open circuit rejects', 'open-throws', 25),
  besideCockatiel('A failing call', 'failing-0'),
  {
    what: 'A failing call with 100,000 samples in the window, beside one with none',
    target: 'within 20 %',
    judge: results => {
      const ratio = costOf(results, 'failing-100000', 'breakwater')?.toFirst
      if (ratio === undefined) return undefined
      return { found: `${ratio.toFixed(2)} times`, holds: Math.abs(ratio - 1) <= 0.2 }
    },
  },
  {
    what: 'What a handler with circuit, store and middleware carries, min+gzip',
    target: `at most ${bytes(maxBytes.handler)}`,
    judge: ({ sizes }) =>
      atMost(sizes?.find(({ what }) => what === allTogether)?.bytes, maxBytes.handler, bytes),
  },
  {
    what: 'What Breakwater adds to a cold start before the table is first used (import and construction)',
    target: 'at most 3 ms',
    judge: ({ coldStart }) => {
      if (!coldStart) return undefined
      const { plain, breakwater } = coldStart
      const added = breakwater.importMs + breakwater.constructMs - plain.importMs - plain.constructMs
      return { found: `${added.toFixed(1)} ms`, holds: added <= 3 }
    },
  },
  {
    what: 'A million calls over 10,000 keys: the heap at the end beside that after 200,000 calls',
    target: 'at most 1.1 times',
    judge: ({ keys }) => {
      if (!keys) return undefined
      const growth = Math.max(...keys.map(({ heaps, every }) => heaps.at(-1)! / heaps[200_000 / every - 1]!))
      return { found: `${growth.toFixed(2)} times`, holds: growth <= 1.1 }
    },
  },
]

export function judgeAll(results: Results): Judged[] {
  return claims.map(({ what, target, judge }) => ({ what, target, verdict: judge(results) }))
}

/** Whether nothing that was measured misses its target. */
export function allHold(judged: readonly Judged[]): boolean {
  return judged.every(({ verdict }) => verdict?.holds ?? true)
}
