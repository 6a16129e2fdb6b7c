/** What one run brought. All times in ms since the run began, unless they say otherwise. */
export interface RunResult {
  readonly scenario: string
  /** The scenario in a sentence, for readers who know no code. */
  readonly title: string
  readonly scheme: string
  readonly seed: number
  /** Environments of the fleet at the start. */
  readonly environments: number
  readonly callsPerSecond: number
  readonly durationMs: number
  /** Spans in which something is wrong on purpose, for shading. */
  readonly faults: readonly Span[]
  readonly measures: Measures
  readonly violations: readonly Violation[]
  readonly timeline: Timeline
  readonly heat: Heat
  readonly transitions: readonly Change[]
}

export interface Span {
  readonly fromMs: number
  readonly toMs: number
  readonly label: string
}

/** A broken invariant: what, when (`step` of the engine), and what led up to it. */
export interface Violation {
  readonly invariant: string
  readonly message: string
  readonly step: number
  readonly atMs: number
  /** The last events before it, oldest first, a line each. */
  readonly trace: readonly string[]
}

/** A change of the shared state, as the table saw it. */
export interface Change {
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
 * What each environment believed, sampled every `everyMs`: a row an environment (at most 1,000), a character a sample.
 * `c` closed, `o` open, `h` half open, `r` closed and letting traffic grow back, `s` shedding by its own gate only,
 * `u` closed and without an answer from the table, `.` not alive.
 */
export interface Heat {
  readonly everyMs: number
  readonly rows: readonly string[]
}

/** The figures of a run. */
export interface Measures {
  readonly calls: number
  readonly succeeded: number
  readonly failed: number
  readonly shed: number
  /** Calls that found no environment: the fleet was at its limit. */
  readonly turnedAway: number
  /** Calls lost with a killed environment. */
  readonly lost: number
  /** Calls that reached the dependency while it was down (outages only, probes included). */
  readonly reachedWhileDown: number
  /** Calls that were in flight when it went down. */
  readonly inFlightAtFault: number
  /** From the fault to the first, and to the last environment with traffic that sheds; undefined if none did. */
  readonly firstShedMs: number | undefined
  readonly lastShedMs: number | undefined
  /** From the fault to the first OPEN in the table. */
  readonly openedMs: number | undefined
  /** Calls the dependency was asked for between the fault and the first OPEN. */
  readonly callsToOpen: number | undefined
  /** Openings of the shared circuit in all, and those while the dependency was healthy. */
  readonly opens: number
  /** Writes of OPEN to the table, also over an OPEN. */
  readonly openWrites: number
  readonly wrongOpens: number
  /** Environments that shut their own gate while they and the dependency were healthy. */
  readonly wrongLocalOpens: number
  /** Most probes in flight at once, fleet-wide. */
  readonly probesAtOnce: number
  /** From the time the dependency is healthy and the open time is over to CLOSED, and to 90 % goodput. */
  readonly closedMs: number | undefined
  readonly recoveredMs: number | undefined
  /** Times the dependency collapsed again after it had come back. */
  readonly collapses: number
  /** Share of calls answered well after the fault. */
  readonly goodput: number
  /** What the guard itself added to a call, ms: waiting for the table. */
  readonly addedP50Ms: number
  readonly addedP99Ms: number
  readonly addedMaxMs: number
  readonly reads: number
  readonly writes: number
  readonly throttled: number
  readonly readUnits: number
  readonly writeUnits: number
  /** Most units in one second on one key. */
  readonly peakReadUnits: number
  readonly peakWriteUnits: number
  /** The same until the dependency is healthy again. */
  readonly peakWriteUnitsInFault: number
  /** On-demand price of the requests per million calls, US dollars. */
  readonly dollarsPerMillionCalls: number
  /** Memory: items in the table at the end, and the most timers and late answers one environment holds then. */
  readonly tableItems: number
  readonly held: number
}
