import type { HeatMap, Timeline } from '../run/result.ts'

/** More buckets than a chart has room for would be one block of colour. */
const maxBuckets = 800

/** A time line and a heat map with so many buckets that a chart can show: long runs have several in one. */
export function condensed(
  timeline: Timeline,
  heatMap: HeatMap,
): { readonly timeline: Timeline; readonly heatMap: HeatMap } {
  const factor = Math.ceil(timeline.offered.length / maxBuckets)
  if (factor <= 1) return { timeline, heatMap }
  const summed = (values: readonly number[]) => sums(values, factor)
  const sampled = <T>(values: readonly T[]) => values.filter((_, index) => index % factor === 0)
  const { offered, succeeded, failed, shed, reads, writes, throttled, alive } = timeline
  return {
    timeline: {
      bucketMs: timeline.bucketMs * factor,
      offered: summed(offered),
      succeeded: summed(succeeded),
      failed: summed(failed),
      shed: summed(shed),
      reads: summed(reads),
      writes: summed(writes),
      throttled: summed(throttled),
      alive: sampled(alive),
    },
    heatMap: {
      everyMs: heatMap.everyMs * factor,
      rows: heatMap.rows.map(row => sampled([...row]).join('')),
    },
  }
}

function sums(values: readonly number[], factor: number): number[] {
  const found: number[] = []
  for (let from = 0; from < values.length; from += factor) {
    const some = values.slice(from, from + factor)
    // The last few may be fewer.
    found.push((some.reduce((a, b) => a + b, 0) / some.length) * factor)
  }
  return found
}
