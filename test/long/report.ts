import type { Part } from './parts.ts'

/** A part that is over. */
export interface Outcome {
  readonly part: Part
  readonly ok: boolean
  readonly ms: number
}

const minuteMs = 60_000

/** A time for readers: 42 s, 7 min, 2 h 05 min. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  if (seconds < 100) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

const expectedMs = (parts: readonly Part[]) => parts.reduce((sum, { minutes }) => sum + minutes * minuteMs, 0)
const width = (parts: readonly Part[]) => Math.max(...parts.map(({ name }) => name.length), 'total'.length)

/** The parts that will run, and how long they take. */
export function planText(parts: readonly Part[]): string {
  const pad = width(parts)
  const lines = parts.map(
    ({ name, minutes, what }) => `${name.padEnd(pad)}  ${duration(minutes * minuteMs).padStart(8)}  ${what}`,
  )
  return [...lines, `${'total'.padEnd(pad)}  about ${duration(expectedMs(parts))} on two cores`].join('\n')
}

/**
 * How long the rest takes: the estimates of the parts to come, corrected by how the parts that are over compare with
 * theirs, less what the running part has used. A part that takes longer than expected adds nothing more.
 */
export function leftMs(
  done: readonly Outcome[],
  running: Part,
  runningMs: number,
  later: readonly Part[],
): number {
  const expected = expectedMs(done.map(({ part }) => part))
  const pace = expected > 0 ? done.reduce((sum, { ms }) => sum + ms, 0) / expected : 1
  return Math.max(0, expectedMs([running]) * pace - runningMs) + expectedMs(later) * pace
}

/** Where it stands. `ms`: since the part began. */
export function progressText(
  done: readonly Outcome[],
  running: Part,
  ms: number,
  later: readonly Part[],
): string {
  const all = done.length + 1 + later.length
  const left = duration(leftMs(done, running, ms, later))
  return `${running.name} (${done.length + 1} of ${all}): ${duration(ms)}, about ${left} left in all`
}

/** A line for each part and one for all of them. */
export function summaryText(outcomes: readonly Outcome[]): string {
  const pad = width(outcomes.map(({ part }) => part))
  const line = (name: string, verdict: string, ms: number) =>
    `${name.padEnd(pad)}  ${verdict.padEnd(6)}  ${duration(ms)}`
  const failed = outcomes.filter(({ ok }) => !ok).length
  const total = outcomes.reduce((sum, { ms }) => sum + ms, 0)
  return [
    ...outcomes.map(({ part, ok, ms }) => line(part.name, ok ? 'ok' : 'FAILED', ms)),
    line('total', failed === 0 ? 'ok' : 'FAILED', total) + (failed > 0 ? `, ${failed} failed` : ''),
  ].join('\n')
}
