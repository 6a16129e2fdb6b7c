import { number } from './format.ts'

/** The next of 1, 2, 5, 10, 20, 50 ... */
export function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5].find(factor => factor * power >= value) ?? 10) * power
}

/** An axis from 0: where it ends, and the values to label. */
export interface Axis {
  readonly max: number
  readonly ticks: readonly number[]
}

/** An axis that ends at the first round step above the largest value, and no earlier than at 1. */
export function axisFor(largest: number, maxSteps: number): Axis {
  const value = Math.max(largest, 1)
  const step = niceCeiling(value / maxSteps)
  const steps = Math.ceil(value / step)
  // Multiplied, not added up: 0.2 + 0.1 is no label.
  return { max: steps * step, ticks: Array.from({ length: steps + 1 }, (_, index) => index * step) }
}

/** The labels of a time axis, seconds or for long runs minutes, each at its share of the width. */
export function timeLabels(durationMs: number): { readonly share: number; readonly text: string }[] {
  const [unitMs, unit] = durationMs > 300_000 ? [60_000, 'min'] : [1_000, 's']
  const step = niceCeiling(durationMs / unitMs / 8)
  const count = Math.floor(durationMs / unitMs / step) + 1
  return Array.from({ length: count }, (_, index) => ({
    share: (index * step * unitMs) / durationMs,
    text: `${number(index * step)} ${unit}`,
  }))
}
