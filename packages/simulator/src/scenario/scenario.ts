import type { Policy } from '@breakwater/circuit'
import type { DependencyCondition, DependencyOptions } from '../fleet/dependency.ts'

/** What the table is like from a moment on; what is not named is well. */
export interface TableCondition {
  /** Share of requests answered with an internal error, 0 to 1. */
  readonly errorRate?: number
  /** Share of requests throttled, 0 to 1. */
  readonly throttleRate?: number
  /** Every request fails. */
  readonly down?: boolean
  /** No request is ever answered. */
  readonly hang?: boolean
  /** Share of environments that cannot reach it, 0 to 1. */
  readonly unreachableShare?: number
  /** How far eventually consistent reads may lag behind, ms. */
  readonly lagMs?: number
  /** Median latency of a request, ms. */
  readonly latencyMs?: number
}

/** Something that happens in a run. `atMs` counts from its beginning; up to `jitterMs` later, by chance. */
export interface Happening {
  readonly atMs: number
  readonly jitterMs?: number
  readonly dependency?: DependencyCondition
  readonly table?: TableCondition
  /** So many environments lose their way to the dependency: all their calls fail fast. 0 heals them. */
  readonly broken?: number
  /** Calls per second, as a multiple of the load. 0 freezes the fleet. */
  readonly loadFactor?: number
  /** So many calls at once, as a multiple of the environments: thaws the fleet in one go; above 1 with cold starts. */
  readonly burst?: number
  /** Share of the environments that die in mid-call or idle. */
  readonly kill?: number
  /** From now on, for so many ms, every environment that begins a probe dies in it. */
  readonly killProbersForMs?: number
  /** New environments have this policy on top, and old ones are replaced within `rolloutMs`. */
  readonly deploy?: Policy
  readonly rolloutMs?: number
}

/** What the fleet is like. */
export interface FleetOptions {
  /** Calls per second, all environments together. Either this or `perEnvironment`. */
  readonly callsPerSecond?: number
  /** Calls per second and environment. */
  readonly perEnvironment?: number
  /** Clocks are off by up to this, ms, either way. @default 25 */
  readonly skewMs?: number
  /** Environments are recycled after about this long, ms. @default never */
  readonly lifetimeMs?: number
  /** Calls an environment takes at once. @default 1 */
  readonly concurrency?: number
  /** Median time of a cold start, ms. @default 250 */
  readonly coldStartMs?: number
  /** Most environments, as a multiple of those at the start. @default 2 */
  readonly limit?: number
}

/** A dependency of little capacity, in terms of the scenario's load. */
export interface Capacity {
  /** Throughput when warm, as a multiple of the load. */
  readonly share: number
  /** It falls over when so much of the load waits in line, ms. */
  readonly backlogMs: number
  /** Then it is down for so long, ms. */
  readonly restartMs: number
  /** Then, and after an outage, its throughput grows from `coldShare` of the full one over so many ms. */
  readonly warmUpMs: number
  readonly coldShare: number
}

/** Bounds on what a single run may bring; one that is broken counts like an invariant. */
export interface Expectations {
  /** Openings while the dependency was healthy enough. @default 0 */
  readonly wrongOpens?: number
  /** Least and most openings of the shared circuit. */
  readonly opens?: readonly [least: number, most: number]
  /** Writes to the table. */
  readonly writes?: number
  readonly writesPerSecond?: number
  /** Calls until it opens, as a multiple of `minimumCalls`. */
  readonly callsToOpen?: number
}

/** A story that a fleet lives through. Plain data: a file of JSON holds one, too. */
export interface Scenario {
  readonly name: string
  /** In a sentence, for readers who know no code. */
  readonly title: string
  readonly durationMs: number
  /** Fleet sizes in which it makes sense. */
  readonly sizes: readonly number[]
  readonly fleet: FleetOptions
  readonly policy?: Policy
  readonly dependency?: DependencyOptions
  /** @default it serves any load */
  readonly capacity?: Capacity
  readonly timeoutMs?: number
  readonly happenings: readonly Happening[]
  readonly expect?: Expectations
}
