import { expect, it } from 'vitest'
import { allTogether } from './cases.ts'
import { allHold, claims, judgeAll } from './claims.ts'
import type { Cost } from './measure.ts'
import { maxBytes } from './parts.ts'
import { good, nothing } from './results.fixture.ts'
import type { Results } from './results.ts'

/** The good results, but for one cell. */
function but(row: string, library: string, worse: Partial<Cost>): Results {
  const calls = good.calls.map(call =>
    call.row === row && call.library === library ? { ...call, ...worse } : call,
  )
  return { ...good, calls }
}

function missed(results: Results): string[] {
  return judgeAll(results).flatMap(({ what, verdict }) => (verdict?.holds === false ? [what] : []))
}

it('a claim holds at the very target', () => {
  const judged = judgeAll(good)
  expect(judged.filter(({ verdict }) => verdict === undefined)).toEqual([])
  expect(missed(good)).toEqual([])
  expect(allHold(judged)).toBe(true)
})

const closed = 'A call through a closed circuit'
const beside = 'The same, where cockatiel counts failures in a row'
const closedBytes = 'Memory allocated by a call through a closed circuit, the call itself included'

it.each([
  ['the default rule is dear', but('closed', 'breakwater', { ratio: 4.05 }), [closed, beside]],
  ['failures in a row are dear', but('closed-consecutive', 'breakwater', { ratio: 4.01 }), [closed, beside]],
  ['cockatiel is cheaper', but('closed-consecutive', 'cockatiel', { ratio: 3.99 }), [beside]],
  ['a closed circuit allocates much', but('closed-consecutive', 'breakwater', { bytes: 701 }), [closedBytes]],
  [
    'cockatiel is cheaper with a listener',
    but('closed-listener', 'cockatiel', { ratio: 4.99 }),
    ['A call through a closed circuit with a listener'],
  ],
  [
    'retries are dear',
    but('retry', 'breakwater', { ratio: 20.1 }),
    ['Retry, breaker and time limit', 'The same beside cockatiel'],
  ],
  [
    "cockatiel's retries are cheaper",
    but('retry', 'cockatiel', { ratio: 59 }),
    ['The same beside cockatiel'],
  ],
  [
    'retries allocate much',
    but('retry', 'breakwater', { bytes: 3_073 }),
    ['Memory allocated by a call through retry, breaker and time limit'],
  ],
  [
    'fallbacks are dear',
    but('open-fallback', 'breakwater', { ratio: 15.1 }),
    ['A call that an open circuit answers by a fallback'],
  ],
  [
    'rejections are dear',
    but('open-throws', 'breakwater', { ratio: 25.1 }),
    ['A call that an open circuit rejects'],
  ],
  ['failures are cheaper with cockatiel', but('failing-0', 'cockatiel', { ratio: 2.99 }), ['A failing call']],
  [
    'samples cost',
    but('failing-100000', 'breakwater', { toFirst: 1.21 }),
    ['A failing call with 100,000 samples in the window, beside one with none'],
  ],
  [
    'the bundle is large',
    { ...good, sizes: [{ what: allTogether, bytes: maxBytes.handler + 1 }] },
    ['What a handler with circuit, store and middleware carries, min+gzip'],
  ],
  [
    'construction is slow',
    {
      ...good,
      coldStart: {
        ...good.coldStart!,
        breakwater: { ...good.coldStart!.breakwater, constructMs: 1.6 },
      },
    },
    ['What Breakwater adds to a cold start before the table is first used (import and construction)'],
  ],
  [
    'the heap grows with one of the sizes',
    { ...good, keys: [good.keys![0]!, { ...good.keys![1]!, heaps: [20e6, 25e6, 28e6] }] },
    ['A million calls over 10,000 keys: the heap at the end beside that after 200,000 calls'],
  ],
] satisfies [string, Results, string[]][])('a claim is missed where %s', (_, results, expected) => {
  expect(missed(results)).toEqual(expected)
  expect(allHold(judgeAll(results))).toBe(false)
})

it('a claim has nothing to say of what was not measured', () => {
  const judged = judgeAll(nothing)
  expect(judged.map(({ verdict }) => verdict)).toEqual(claims.map(() => undefined))
  expect(allHold(judged)).toBe(true)
})

it('a claim needs both ways of counting to judge a closed circuit', () => {
  const calls = good.calls.filter(({ row }) => row === 'closed')
  expect(judgeAll({ ...nothing, calls })[0]!.verdict).toBe(undefined)
})
