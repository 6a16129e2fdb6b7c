import type { FaultSpan, RunResult, StateChange } from '../run/result.ts'
import { escaped, moment, number, time } from './format.ts'

const maxFaults = 3

/** The course of a run in sentences: HTML. */
export function courseOf(run: RunResult): string {
  const { reachedWhileDown, firstShedMs, lastShedMs, opens, wrongOpens, shed } = run.measures
  const sentences = [faultsOf(run), ...openingOf(run)]
  if (firstShedMs !== undefined && lastShedMs !== undefined)
    sentences.push(
      `The first call was shed after ${time(firstShedMs)}, the last one got through after ${time(lastShedMs)}.`,
    )
  if (reachedWhileDown > 0)
    sentences.push(`${number(reachedWhileDown)} calls reached the dependency while it was down.`)
  sentences.push(...recoveryOf(run))
  if (opens === 0)
    sentences.push(
      shed === 0 ? 'The circuit stayed closed, no call was shed.' : 'The shared circuit stayed closed.',
    )
  if (wrongOpens > 0)
    sentences.push(
      `<span class="bad">It opened ${number(wrongOpens)} times although the dependency was healthy.</span>`,
    )
  // A unit stays on the line of its number.
  return sentences.join(' ').replace(/(\d) (ms|s|min)\b/g, '$1&nbsp;$2')
}

/** The measures count from the first fault of the dependency, which need not be the first fault. */
function openingOf({ faults, transitions, measures: { openedMs } }: RunResult): string[] {
  const opening = transitions.find(({ to }) => to === 'OPEN')
  if (openedMs === undefined || !opening) return []
  const faultAt = opening.atMs - openedMs
  const label = faults.find(({ fromMs }) => Math.abs(fromMs - faultAt) < 1)?.label
  const since = label === undefined ? 'the fault' : `the ${escaped(label)}`
  return [`The circuit opened at ${moment(opening.atMs)}, ${time(openedMs)} after ${since} began.`]
}

function faultsOf({ faults, durationMs }: RunResult): string {
  if (faults.length === 0) return `Nothing was broken in these ${moment(durationMs)}.`
  const inOrder = faults.toSorted((a, b) => a.fromMs - b.fromMs)
  const spanOf = ({ fromMs, toMs, label }: FaultSpan) =>
    toMs > fromMs
      ? `${escaped(label)} from ${moment(fromMs)} to ${toMs < durationMs ? moment(toMs) : 'the end'}`
      : `${escaped(label)} at ${moment(fromMs)}`
  const first = inOrder.slice(0, maxFaults).map(spanOf).join(', ')
  const more = inOrder.length - maxFaults
  return `Faults: ${first}${more > 0 ? ` and ${number(more)} more, the last of them ${spanOf(inOrder.at(-1)!)}` : ''}.`
}

/** How the circuit came back after the last fault: when it closed, what that time was spent on, when all calls flowed. */
function recoveryOf({ faults, transitions, timeline, measures, durationMs }: RunResult): string[] {
  const endedAt = faults.reduce((last, { toMs }) => Math.max(last, toMs), 0)
  const state = transitions.at(-1)
  if (!state || endedAt === 0 || endedAt >= durationMs) return []
  if (state.to !== 'CLOSED') return [`At the end of the run the circuit was ${escaped(state.to)}.`]
  if (state.atMs < endedAt) return []
  const sentences = [
    `The ${faults.length > 1 ? 'last ' : ''}fault ended at ${moment(endedAt)}; the circuit closed at ${moment(state.atMs)}, ${time(state.atMs - endedAt)} later${waitOf(state, transitions, endedAt, measures.closedMs)}.`,
  ]
  const flowsAt = allFlowAt(timeline, state.atMs)
  sentences.push(
    flowsAt === undefined
      ? 'Calls were shed until the end of the run.'
      : `From ${moment(flowsAt)} on no call was shed: full traffic ${time(flowsAt - endedAt)} after the fault.`,
  )
  return sentences
}

/** What the time between the end of the fault and the closing was spent on. */
function waitOf(
  closing: StateChange,
  transitions: readonly StateChange[],
  endedAt: number,
  closedMs: number | undefined,
): string {
  const openings = transitions.filter(({ to, atMs }) => to === 'OPEN' && atMs > endedAt).length
  if (openings > 0) return `, after ${number(openings)} more opening${openings === 1 ? '' : 's'}`
  if (closedMs === undefined) return ''
  const openMs = closing.atMs - endedAt - closedMs
  if (openMs <= 0) return ''
  return `: ${time(openMs)} of open time and ${time(closedMs)} of probes`
}

/** When the last call after a closing was shed, to a bucket; undefined if calls were shed to the end. */
function allFlowAt({ shed, bucketMs }: RunResult['timeline'], closedAt: number): number | undefined {
  const last = shed.findLastIndex(value => value > 0)
  if (last === shed.length - 1) return undefined
  return Math.max(closedAt, (last + 1) * bucketMs)
}
