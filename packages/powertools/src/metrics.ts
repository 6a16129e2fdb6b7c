import type { CircuitEvent, TransitionEvent } from '@breakwater/circuit'
import { needsRepair } from './logger.ts'

/** What is used of a Powertools `Metrics`. */
export interface MetricsLike {
  singleMetric(): {
    addDimension(name: string, value: string): unknown
    addMetric(name: string, unit: 'Count', value: number): unknown
    setTimestamp?(timestamp: number): unknown
  }
}

/** Options of {@link circuitMetrics}. */
export interface CircuitMetricsOptions {
  /** Least time between two writings of the counts of calls, in ms. @default 10_000 */
  readonly everyMs?: number
  /**
   * Value of the dimension `circuit`. Each value makes metrics that cost money: give circuits that are keyed by
   * tenant or host one name between them. @default the circuit's name
   */
  readonly dimension?: (circuit: string) => string
}

/** Listens to circuits; `flush` writes the counts of calls that were not written yet. */
export interface CircuitMetricsListener {
  (event: CircuitEvent): void
  flush(): void
}

/** Counts of one circuit that wait to be written. */
interface Tally {
  readonly counts: Map<string, number>
  at: number
}

/** With so many circuits waiting, they are written before their time: memory stays bounded. */
const maxTallies = 100

/**
 * Counts what circuits do, through the user's own `Metrics` (its namespace, service and default dimensions), with
 * the one dimension `circuit` and apart from the user's own metrics, which keep theirs.
 *
 * Written at once: `CircuitOpened` and `CircuitClosed`, by the one environment of the fleet that made the change, so
 * that their sum is true; `LocalCircuitOpened` and `LocalCircuitClosed`, by an environment whose own gate changed;
 * `StoreFailure`, `StoreMisconfigured`. Added up and written every ten seconds at most, with the time they are of:
 * `CallFailed`, `CallRejected`, `CallWouldBeRejected` (observe only), `CallRetried`, `FallbackUsed`. Successes are not counted.
 *
 * @example
 * const circuits = circuitMetrics(metrics)
 * payments.on(circuits)
 */
export function circuitMetrics(
  metrics: MetricsLike,
  options: CircuitMetricsOptions = {},
): CircuitMetricsListener {
  const { everyMs = 10_000, dimension = circuit => circuit } = options
  const tallies = new Map<string, Tally>()
  let writtenAt = Number.NEGATIVE_INFINITY

  function write(circuit: string, name: string, value: number, at: number): void {
    try {
      const metric = metrics.singleMetric()
      metric.addDimension('circuit', circuit)
      metric.setTimestamp?.(at)
      metric.addMetric(name, 'Count', value)
    } catch {
      // The call is worth more than its metric.
    }
  }

  function flush(): void {
    for (const [circuit, { counts, at }] of tallies) {
      for (const [name, value] of counts) write(circuit, name, value, at)
    }
    tallies.clear()
  }

  function listen(event: CircuitEvent): void {
    const { at } = event
    const circuit = dimension(event.circuit)
    const urgent = urgentOf(event)
    if (urgent !== undefined) write(circuit, urgent, 1, at)
    const counted = countedOf(event)
    if (counted !== undefined) {
      const tally = tallies.get(circuit) ?? { counts: new Map<string, number>(), at }
      tally.counts.set(counted, (tally.counts.get(counted) ?? 0) + 1)
      tally.at = at
      tallies.set(circuit, tally)
    }
    // Time is read off the events: no timer keeps an environment awake. A clock set back must not silence this.
    const due = at - writtenAt >= everyMs || at < writtenAt || tallies.size >= maxTallies
    if (tallies.size === 0 || !due) return
    writtenAt = at
    flush()
  }

  const listener = (event: CircuitEvent): void => {
    try {
      listen(event)
    } catch {
      // A `dimension` that throws, for example.
    }
  }
  return Object.assign(listener, { flush })
}

/** Rare and important: written at once. */
function urgentOf(event: CircuitEvent): string | undefined {
  if (event.type === 'transition') return transitionOf(event)
  if (event.type !== 'store-failure') return undefined
  return needsRepair(event.kind) ? 'StoreMisconfigured' : 'StoreFailure'
}

function transitionOf({ origin, scope, to }: TransitionEvent): string | undefined {
  if (origin === 'elsewhere' || to === 'HALF_OPEN') return undefined
  return `${scope === 'fleet' ? '' : 'Local'}Circuit${to === 'OPEN' ? 'Opened' : 'Closed'}`
}

/** As frequent as calls: added up. */
function countedOf(event: CircuitEvent): string | undefined {
  if (event.type === 'rejection') return event.observed ? 'CallWouldBeRejected' : 'CallRejected'
  if (event.type === 'retry') return 'CallRetried'
  if (event.type === 'fallback') return 'FallbackUsed'
  return event.type === 'call' && event.outcome === 'failure' ? 'CallFailed' : undefined
}
