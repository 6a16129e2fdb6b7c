/** The result of one run. All times are ms since the run began, unless they say otherwise. */
export interface RunResult {
  readonly scenario: string
  /** The scenario in one sentence, for readers who know no code. */
  readonly title: string
  /** Name of the circuit breaker: `breakwater`, or that of a custom one. */
  readonly breaker: string
  readonly seed: number
  /** Environments of the fleet at the start. */
  readonly environments: number
  readonly callsPerSecond: number
  readonly durationMs: number
  /** The injected faults, each from its beginning to its end. */
  readonly faults: readonly FaultSpan[]
  readonly measures: Measures
  readonly violations: readonly Violation[]
  readonly timeline: Timeline
  readonly heatMap: HeatMap
  /** Changes of the shared state, as the table saw them. */
  readonly transitions: readonly StateChange[]
}

/** A fault that the scenario injects. */
export interface FaultSpan {
  readonly fromMs: number
  readonly toMs: number
  readonly label: string
}

/** A broken invariant: which, when (`step` of the engine), and the events that led up to it. */
export interface Violation {
  readonly invariant: string
  readonly message: string
  readonly step: number
  readonly atMs: number
  /** The last events before it, oldest first, a line each. */
  readonly trace: readonly string[]
}

/** A change of the shared state, as the table saw it. */
export interface StateChange {
  readonly atMs: number
  readonly from: string
  readonly to: string
  readonly generation: number
  readonly reason: string
  readonly environment: string
}

/** Counts in buckets of `bucketMs`; all arrays are of one length. */
export interface Timeline {
  readonly bucketMs: number
  /** Calls that arrived. */
  readonly offered: readonly number[]
  /** Calls the dependency answered well. */
  readonly succeeded: readonly number[]
  /** Calls that reached the dependency and failed or timed out. */
  readonly failed: readonly number[]
  /** Calls rejected without touching the dependency. */
  readonly shed: readonly number[]
  /** Requests to the table, those that failed included. */
  readonly reads: readonly number[]
  readonly writes: readonly number[]
  readonly throttled: readonly number[]
  /** Environments alive. */
  readonly alive: readonly number[]
}

/**
 * The `BreakerState` of each environment, sampled every `everyMs`: a row an environment (at most 1,000), a letter a
 * sample, `.` while the environment does not run.
 */
export interface HeatMap {
  readonly everyMs: number
  readonly rows: readonly string[]
}

/** The figures of a run. */
export interface Measures {
  readonly calls: number
  readonly succeeded: number
  readonly failed: number
  readonly shed: number
  /** Calls that found no free environment: the fleet was at its limit. */
  readonly turnedAway: number
  /** Calls lost with a killed environment. */
  readonly lost: number
  /** Calls that reached the dependency while it was down (outages only, probes included). */
  readonly reachedWhileDown: number
  /** Those of them that reached it while the table held OPEN or HALF_OPEN, probes included. */
  readonly reachedWhileOpen: number
  /** The same by minute, since the circuit left CLOSED for the last time. */
  readonly reachedWhileOpenByMinute: readonly number[]
  /** Calls that reached the dependency while it was down, from the scenario's last burst on; undefined without one. */
  readonly reachedSinceBurst: number | undefined
  /** Reports of circuits that the table failed; and the most of one environment. */
  readonly storeFailures: number
  readonly maxStoreFailures: number
  /** Most writes of the record that environments which knew of an OPEN sent until the next one, or CLOSED. */
  readonly maxWritesPerOpening: number
  /** Calls in flight when the first fault began. */
  readonly inFlightAtFault: number
  /** From the fault to the first call shed; undefined if none was. */
  readonly firstShedMs: number | undefined
  /** From the fault to the last call that reached the dependency before the circuit probed it. */
  readonly lastShedMs: number | undefined
  /** From the fault to the first OPEN in the table. */
  readonly openedMs: number | undefined
  /** Calls that reached the dependency between the fault and the first OPEN. */
  readonly callsToOpen: number | undefined
  /** Openings of the shared circuit. */
  readonly opens: number
  /** Writes of OPEN to the table, also over an OPEN. */
  readonly openWrites: number
  /** Openings of the shared circuit while the dependency was healthy. */
  readonly wrongOpens: number
  /** How often a healthy environment shut its local gate while the dependency was healthy. */
  readonly wrongLocalOpens: number
  /** Most probes in flight at the same time, in the whole fleet. */
  readonly maxProbes: number
  /** To CLOSED, from the moment when the dependency is healthy and the open time is over. */
  readonly closedMs: number | undefined
  /** To 90 % of calls answered well, from the same moment. */
  readonly recoveredMs: number | undefined
  /** How often the dependency collapsed. */
  readonly collapses: number
  /** Share of calls answered well since the fault, 0 to 1. */
  readonly goodput: number
  /**
   * Share of calls answered well while the dependency is healthy: `maxOpenMs` and `recoveryMs` after it was set healthy, or
   * from the beginning where nothing befell it, until the condition of the table next changes; undefined where the run
   * ends before.
   */
  readonly healthyGoodput: number | undefined
  /** The time that the breaker itself added to a call, by waiting for the table, ms: median. */
  readonly addedP50Ms: number
  readonly addedP99Ms: number
  readonly addedMaxMs: number
  readonly reads: number
  readonly writes: number
  readonly throttled: number
  readonly readUnits: number
  readonly writeUnits: number
  /** Most units in one second on one key, of the whole run. */
  readonly peakReadUnits: number
  readonly peakWriteUnits: number
  /** Most write units in one second on one key, until the dependency is healthy again. */
  readonly peakWriteUnitsInFault: number
  /** On-demand price of the requests for each million calls, US dollars. */
  readonly dollarsPerMillionCalls: number
  /** Items in the table at the end. */
  readonly tableItems: number
  /** Most timers and waiting answers of one environment at the end. */
  readonly maxPending: number
}
