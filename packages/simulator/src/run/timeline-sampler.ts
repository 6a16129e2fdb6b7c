import type { CallRecorder } from '../fleet/call-recorder.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { SimulatedTable } from '../table/table.ts'
import type { HeatMap, Timeline } from './result.ts'

const counters = ['offered', 'succeeded', 'failed', 'shed', 'reads', 'writes', 'throttled'] as const

/** Width of a bucket of the time line, and time between two samples of the heat map, ms. */
export const bucketMs = 500
const maxRows = 1_000

/** Samples the counters of a run, and on request the state of each environment, at regular times. */
export class TimelineSampler {
  readonly #table: SimulatedTable
  readonly #fleet: Fleet
  readonly #recorder: CallRecorder
  readonly #withHeatMap: boolean
  readonly #series = {
    offered: [] as number[],
    succeeded: [] as number[],
    failed: [] as number[],
    shed: [] as number[],
    reads: [] as number[],
    writes: [] as number[],
    throttled: [] as number[],
    alive: [] as number[],
  }
  readonly #previous = { offered: 0, succeeded: 0, failed: 0, shed: 0, reads: 0, writes: 0, throttled: 0 }
  /** A row for each environment, by its id. */
  readonly #rows = new Map<number, string>()
  #samples = 0

  constructor(table: SimulatedTable, fleet: Fleet, recorder: CallRecorder, withHeatMap: boolean) {
    this.#table = table
    this.#fleet = fleet
    this.#recorder = recorder
    this.#withHeatMap = withHeatMap
  }

  get timeline(): Timeline {
    return { bucketMs, ...this.#series }
  }

  get heatMap(): HeatMap {
    const rows = [...this.#rows.values()].map(row => row.padEnd(this.#samples, '.'))
    return { everyMs: bucketMs, rows }
  }

  /** @param ms since the run began. */
  sample(ms: number): void {
    const { reads, writes, throttled } = this.#table.totals
    const now = { ...this.#recorder.counts, reads, writes, throttled }
    for (const name of counters) {
      this.#series[name].push(now[name] - this.#previous[name])
      this.#previous[name] = now[name]
    }
    this.#series.alive.push(this.#fleet.members.size)
    if (this.#withHeatMap && ms >= this.#samples * bucketMs) this.#sampleStates()
  }

  #sampleStates(): void {
    for (const [id, { breaker }] of this.#fleet.members) {
      const row = this.#rows.get(id)
      if (row === undefined && this.#rows.size >= maxRows) continue
      this.#rows.set(id, (row ?? '').padEnd(this.#samples, '.') + breaker.state)
    }
    this.#samples++
  }
}

/** Ms from `fromMs` until nine calls in ten are answered well, for two seconds at least; undefined if never. */
export function recoveredAfter({ offered, succeeded }: Timeline, fromMs: number): number | undefined {
  const span = Math.ceil(2_000 / bucketMs)
  if (fromMs === Infinity) return undefined
  for (let from = Math.max(0, Math.ceil(fromMs / bucketMs)); from + span <= offered.length; from++) {
    const sum = (values: readonly number[]) => values.slice(from, from + span).reduce((a, b) => a + b, 0)
    if (sum(offered) > 0 && sum(succeeded) >= 0.9 * sum(offered)) return Math.max(0, from * bucketMs - fromMs)
  }
  return undefined
}
