import { duration } from '@breakwater/simulator'
import type { Part } from './parts.ts'

/** A part that is over. */
export interface Outcome {
  readonly part: Part
  readonly ok: boolean
  readonly ms: number
}

const minuteMs = 60_000

/** About how long the parts take, in minutes. */
export const minutesOf = (parts: readonly Part[]): number =>
  parts.reduce((sum, { minutes }) => sum + minutes, 0)

const width = (parts: readonly Part[]) => Math.max(...parts.map(({ name }) => name.length), 'total'.length)

/** The parts that will run, and how long they take. */
export function planText(parts: readonly Part[]): string {
  const pad = width(parts)
  const lines = parts.map(
    ({ name, minutes, what }) => `${name.padEnd(pad)}  ${duration(minutes * minuteMs).padStart(8)}  ${what}`,
  )
  return [
    ...lines,
    `${'total'.padEnd(pad)}  about ${duration(minutesOf(parts) * minuteMs)} on two cores`,
  ].join('\n')
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
