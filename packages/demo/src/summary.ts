import type { Calls, Workflows } from './call-counts.ts'
import type { Transition } from './fleet-watch.ts'
import type { Recycle } from './rotation.ts'

/** What `--json` prints. */
export interface Summary {
  readonly ok: boolean
  /** Environments that took part. */
  readonly environments: number
  /** Every change of the circuit's state, each exactly once, in order. */
  readonly transitions: readonly Transition[]
  readonly calls: Calls
  /** Charges the provider received, and those of them that came while the circuit was open. */
  readonly provider: { readonly received: number; readonly receivedWhileOpen: number }
  /** Requests to the circuits' table. */
  readonly store: { readonly reads: number; readonly writes: number }
  readonly workflows: Workflows
  /** What became of the rotation of a secret; null where nothing did. */
  readonly recycle: Recycle | null
}

/** Everything that was seen during an outage. */
export interface Observed {
  readonly environments: number
  readonly knewOpen: number
  readonly transitions: readonly Transition[]
  readonly calls: Calls
  /** Answers that say neither "charged" nor "pending", and calls without any; by what, how often. */
  readonly surprises: ReadonlyMap<string, number>
  /** When each call was sent and each charge arrived, epoch ms. */
  readonly sentAt: readonly number[]
  readonly chargedAt: readonly number[]
  readonly store: { readonly reads: number; readonly writes: number }
  readonly workflows: Workflows
  readonly recycle: Recycle | undefined
  /** Whether traffic was seen to flow in full again after closing. */
  readonly fullTraffic: boolean
}

/** Environments in which the circuit must have been known to be open. */
export const fewestEnvironments = 4
/**
 * Share of the calls that may slip through while the circuit is open: an environment learns of the opening
 * at its next refresh, and until then it lets calls through.
 */
const slippage = 0.1

/** Sums an outage up, and names what was expected of it and not seen. */
export function summarise(observed: Observed): { summary: Summary; problems: readonly string[] } {
  const { environments, transitions, calls, sentAt, chargedAt, store, workflows, recycle = null } = observed
  const open = openSpans(transitions)
  const receivedWhileOpen = countWithin(open, chargedAt)
  const problems = [
    ...missingTransitions(transitions),
    ...tooFewEnvironments(observed),
    ...badAnswers(observed),
    ...leaks(receivedWhileOpen, countWithin(open, sentAt)),
    ...badWorkflows(workflows),
    ...badRecycle(recycle),
    ...(observed.fullTraffic ? [] : ['traffic was not seen to flow in full again']),
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

function tooFewEnvironments({ environments, knewOpen }: Observed): string[] {
  if (knewOpen >= fewestEnvironments) return []
  return [
    `the circuit was open in ${knewOpen} of ${environments} environments; expected at least ${fewestEnvironments}`,
  ]
}

function badAnswers({ calls, surprises }: Observed): string[] {
  const problems = [...surprises].map(([what, times]) => `${times} calls were ${what}`)
  const answered = calls.succeeded + calls.failed + calls.rejected
  if (answered !== calls.sent) problems.push(`${calls.sent - answered} of ${calls.sent} calls have no answer`)
  if (calls.succeeded === 0) problems.push('no call succeeded')
  if (calls.rejected === 0) problems.push('no call was shed')
  if (calls.fallbacks === 0) problems.push('no fallback answered')
  return problems
}

/** An outage seen through the other door, and the order that nobody could deliver. */
function badWorkflows({ started, succeeded, failed, circuitOpen }: Workflows): string[] {
  const problems: string[] = []
  if (succeeded === 0) problems.push('no workflow succeeded')
  if (circuitOpen === 0) problems.push('no workflow was rejected by the open circuit')
  if (started !== succeeded + failed + circuitOpen) problems.push('some workflows were not answered')
  return problems
}

/** A rotation must reach the two services that can be recycled, and leave the other three alone, each for a reason. */
function badRecycle(recycle: Recycle | null): string[] {
  if (!recycle) return ['nothing became of the rotated secret']
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
  if (received <= sent * slippage) return []
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
