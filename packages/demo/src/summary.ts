import type { CallCounts, WorkflowCounts } from './call-counts.ts'
import type { Transition } from './fleet-watch.ts'
import type { RotationResult } from './rotation.ts'

/** The summary that `--json` prints. */
export interface Summary {
  readonly ok: boolean
  /** Environments that were started. */
  readonly environments: number
  /** Every change of the circuit's state, each exactly once, in order. */
  readonly transitions: readonly Transition[]
  readonly calls: CallCounts
  /** Charges that the provider received, and those of them while the circuit was open. */
  readonly provider: { readonly received: number; readonly receivedWhileOpen: number }
  /** Requests to the circuits' table. */
  readonly store: { readonly reads: number; readonly writes: number }
  readonly workflows: WorkflowCounts
  /** The recycle after the rotation of a secret; null where none ended in time. */
  readonly recycle: RotationResult | null
}

/** Everything that was observed during the demonstration. */
export interface DemoResult {
  readonly environments: number
  readonly awareEnvironments: number
  readonly transitions: readonly Transition[]
  readonly calls: CallCounts
  /** How often each unexpected end of a call came. */
  readonly unexpected: ReadonlyMap<string, number>
  /** Times of all calls sent and all charges received, epoch ms. */
  readonly sentAt: readonly number[]
  readonly chargedAt: readonly number[]
  readonly store: { readonly reads: number; readonly writes: number }
  readonly workflows: WorkflowCounts
  readonly recycle: RotationResult | undefined
  /** Whether traffic flowed in full again after closing. */
  readonly fullTraffic: boolean
}

/** The least number of environments that must have known that the circuit was open. */
export const minEnvironments = 4
/**
 * The greatest share of the calls that may reach the provider while the circuit is open: an environment learns of the
 * opening at its next refresh, and lets calls through until then.
 */
const maxLeakShare = 0.1

/** Makes the summary, and names each expectation that was not met. */
export function summarise(result: DemoResult): { summary: Summary; problems: readonly string[] } {
  const { environments, transitions, calls, sentAt, chargedAt, store, workflows, recycle = null } = result
  const open = openSpans(transitions)
  const receivedWhileOpen = countWithin(open, chargedAt)
  const problems = [
    ...missingTransitions(transitions),
    ...tooFewEnvironments(result),
    ...badAnswers(result),
    ...leaks(receivedWhileOpen, countWithin(open, sentAt)),
    ...badWorkflows(workflows),
    ...badRecycle(recycle),
    ...(result.fullTraffic ? [] : ['traffic did not flow in full again']),
  ]
  const provider = { received: chargedAt.length, receivedWhileOpen }
  return {
    summary: {
      ok: problems.length === 0,
      environments,
      transitions,
      calls,
      provider,
      store,
      workflows,
      recycle,
    },
    problems,
  }
}

/** The changes must be one chain without a gap, from CLOSED over OPEN and HALF_OPEN back to CLOSED. */
function missingTransitions(transitions: readonly Transition[]): string[] {
  const problems: string[] = []
  let [state, generation] = ['CLOSED', 0]
  for (const { from, to, generation: next } of transitions) {
    if (from !== state || next !== generation + 1) {
      problems.push(`after ${state} (generation ${generation}) came ${from} to ${to} (generation ${next})`)
    }
    ;[state, generation] = [to, next]
  }
  const seen = new Set(transitions.map(({ from, to }) => `${from} to ${to}`))
  for (const expected of ['CLOSED to OPEN', 'OPEN to HALF_OPEN', 'HALF_OPEN to CLOSED']) {
    if (!seen.has(expected)) problems.push(`the circuit never went from ${expected}`)
  }
  if (state !== 'CLOSED') problems.push(`the circuit ended ${state}`)
  return problems
}

function tooFewEnvironments({ environments, awareEnvironments }: DemoResult): string[] {
  if (awareEnvironments >= minEnvironments) return []
  return [
    `${awareEnvironments} of ${environments} environments knew that the circuit was open; expected at least ${minEnvironments}`,
  ]
}

function badAnswers({ calls, unexpected }: DemoResult): string[] {
  const problems = [...unexpected].map(([what, times]) => `${times} calls were ${what}`)
  const answered = calls.succeeded + calls.failed + calls.rejected
  if (answered !== calls.sent) problems.push(`${calls.sent - answered} of ${calls.sent} calls have no answer`)
  if (calls.succeeded === 0) problems.push('no call succeeded')
  if (calls.rejected === 0) problems.push('no call was shed')
  if (calls.fallbacks === 0) problems.push('no fallback answered')
  return problems
}

/** Workflows must succeed before the outage, and be rejected during it. */
function badWorkflows({ started, succeeded, failed, circuitOpen }: WorkflowCounts): string[] {
  const problems: string[] = []
  if (succeeded === 0) problems.push('no workflow succeeded')
  if (circuitOpen === 0) problems.push('no workflow was rejected by the open circuit')
  if (started !== succeeded + failed + circuitOpen) problems.push('some workflows were not answered')
  return problems
}

/** A rotation must recycle two services, and leave the other three alone, each for its own reason. */
function badRecycle(recycle: RotationResult | null): string[] {
  if (!recycle) return ['the rotated secret led to no recycle']
  const { recycled, skipped, failed } = recycle
  const problems: string[] = []
  if (recycled !== 2 || failed > 0)
    problems.push(`${recycled} services were recycled, ${failed} failed; expected 2`)
  const why = skipped.map(({ reason }) => reason).sort()
  if (why.join() !== 'code-deploy,not-opted-in,pinned-version') {
    problems.push(`services were left alone for other reasons: ${why.join(', ') || 'none'}`)
  }
  return problems
}

function leaks(received: number, sent: number): string[] {
  if (received <= sent * maxLeakShare) return []
  return [`the provider received ${received} of the ${sent} calls made while the circuit was open`]
}

type Span = readonly [from: number, to: number]

function openSpans(transitions: readonly Transition[]): Span[] {
  return transitions.flatMap(({ to, at }, i): Span[] =>
    to === 'OPEN' ? [[at, transitions[i + 1]?.at ?? Number.POSITIVE_INFINITY]] : [],
  )
}

function countWithin(spans: readonly Span[], times: readonly number[]): number {
  return times.filter(at => spans.some(([from, to]) => at >= from && at < to)).length
}
