import type { CircuitEvent, TransitionEvent } from '@breakwater/circuit'
import {
  aFunction,
  type Checks,
  checkOptions,
  checkValue,
  numberBetween,
  objectWith,
  required,
} from '@breakwater/circuit/shared'
import { needsRepair } from './logger.ts'

/** The part of a Powertools `Metrics` that is used. */
export interface MetricsLike {
  singleMetric(): {
    addDimension(name: string, value: string): unknown
    addMetric(name: string, unit: 'Count', value: number): unknown
    setTimestamp?(timestamp: number): unknown
  }
}

/** Options of {@link circuitMetrics}. */
export interface CircuitMetricsOptions {
  /** Minimum time between two writes of the counts of calls, in ms. @default 10_000 */
  readonly everyMs?: number
  /**
   * Value of the dimension `circuit`. CloudWatch charges for the metrics of each value, and the keys of `Circuits` may come
   * from callers. @default the circuit's name; of a circuit of `Circuits` its group, such as `tenant:*`
   */
  readonly dimension?: (circuit: string) => string
}

/** Listens to circuits; `flush` writes the counts of calls that were not written yet. */
export interface CircuitMetricsListener {
  (event: CircuitEvent): void
  flush(): void
}

const owner = 'circuitMetrics'
const checks: Checks<CircuitMetricsOptions> = {
  everyMs: numberBetween(0, 3_600_000),
  dimension: aFunction,
}

/** Counts of one circuit that were not written yet. */
interface PendingCounts {
  readonly counts: Map<string, number>
  at: number
}

/** From this number of circuits on, counts are written before their time, so that memory stays bounded. */
const maxPending = 100

/**
 * Counts what circuits do, through the user's own `Metrics` (its namespace, service and default dimensions), with
 * the one dimension `circuit`. The user's own metrics keep their dimensions.
 *
 * Written at once: `CircuitOpened` and `CircuitClosed`, by the one environment of the fleet that made the change, so
 * that their sum is the number of changes; `LocalCircuitOpened` and `LocalCircuitClosed`, by an environment whose own gate changed;
 * `StoreFailure`, `StoreMisconfigured`, `CircuitMisconfigured`. Added up and written at most every ten seconds, with the time of the calls:
 * `CallFailed`, `CallRejected`, `LocalCallRejected` (those of them by an environment's own gate), `CallWouldBeRejected` (observe only), `CallRetried`, `FallbackUsed`, `CircuitEvicted`. Successes are not counted.
 *
 * @throws TypeError for a bad argument or option, naming it, its value and what is allowed.
 * @example
 * const circuits = circuitMetrics(metrics)
 * payments.on(circuits)
 */
export function circuitMetrics(
  metrics: MetricsLike,
  options: CircuitMetricsOptions = {},
): CircuitMetricsListener {
  checkValue(owner, 'metrics', metrics, required(objectWith('a Metrics', 'singleMetric')))
  const { everyMs = 10_000, dimension } = checkOptions(owner, options, checks)
  const pending = new Map<string, PendingCounts>()
  let writtenAt = Number.NEGATIVE_INFINITY

  function write(circuit: string, name: string, value: number, at: number): void {
    try {
      const metric = metrics.singleMetric()
      metric.addDimension('circuit', circuit)
      metric.setTimestamp?.(at)
      metric.addMetric(name, 'Count', value)
    } catch {
      // A metric that fails must not fail the call.
    }
  }

  function flush(): void {
    for (const [circuit, { counts, at }] of pending) {
      for (const [name, value] of counts) write(circuit, name, value, at)
    }
    pending.clear()
  }

  function listen(event: CircuitEvent): void {
    const { at } = event
    const circuit = dimension ? dimension(event.circuit) : (event.group ?? event.circuit)
    const immediate = immediateMetricOf(event)
    if (immediate !== undefined) write(circuit, immediate, 1, at)
    for (const summed of summedMetricsOf(event)) {
      const waiting = pending.get(circuit) ?? { counts: new Map<string, number>(), at }
      waiting.counts.set(summed, (waiting.counts.get(summed) ?? 0) + 1)
      waiting.at = at
      pending.set(circuit, waiting)
    }
    // The time is that of the events: no timer keeps an environment awake. A clock that is set back must not stop the writes.
    const due = at - writtenAt >= everyMs || at < writtenAt || pending.size >= maxPending
    if (pending.size === 0 || !due) return
    writtenAt = at
    flush()
  }

  const listener = (event: CircuitEvent): void => {
    try {
      listen(event)
    } catch {
      // A `dimension` that throws, for example, must not fail the call.
    }
  }
  return Object.assign(listener, { flush })
}

/** The metric of a rare event, which is written at once. */
function immediateMetricOf(event: CircuitEvent): string | undefined {
  if (event.type === 'transition') return transitionMetricOf(event)
  if (event.type === 'misconfiguration') return 'CircuitMisconfigured'
  if (event.type === 'unshared') return 'CircuitUnshared'
  if (event.type !== 'store-failure') return undefined
  return needsRepair(event.kind) ? 'StoreMisconfigured' : 'StoreFailure'
}

function transitionMetricOf({ origin, scope, to }: TransitionEvent): string | undefined {
  if (origin === 'elsewhere' || to === 'HALF_OPEN') return undefined
  return `${scope === 'fleet' ? '' : 'Local'}Circuit${to === 'OPEN' ? 'Opened' : 'Closed'}`
}

/** The metrics of an event that is as frequent as calls: these are added up. */
function summedMetricsOf(event: CircuitEvent): readonly string[] {
  if (event.type === 'rejection') {
    if (event.observed) return ['CallWouldBeRejected']
    return event.scope === 'environment' ? ['CallRejected', 'LocalCallRejected'] : ['CallRejected']
  }
  if (event.type === 'retry') return ['CallRetried']
  if (event.type === 'fallback') return ['FallbackUsed']
  if (event.type === 'eviction') return ['CircuitEvicted']
  return event.type === 'call' && event.outcome === 'failure' ? ['CallFailed'] : []
}
