import type { ControlMode, Policy } from '@breakwater/circuit'
import type { DependencyCondition, DependencyOptions } from '../fleet/dependency-options.ts'

/** How requests to the table fare. */
export interface RequestCondition {
  /** Share of requests answered with an internal error, 0 to 1. @default 0 */
  readonly errorRate?: number
  /** Share of requests throttled, 0 to 1. @default 0 */
  readonly throttleRate?: number
  /** The role of the function lacks the permission: every request is denied. @default false */
  readonly deny?: boolean
  /** No request is ever answered. @default false */
  readonly hang?: boolean
  /** Median latency of a request, ms. @default 4 */
  readonly latencyMs?: number
  /** Spread of the latency, the standard deviation of its logarithm. @default 0.4 */
  readonly latencySigma?: number
}

/** The condition of the table from a moment on. What is not named is healthy. */
export interface TableCondition extends RequestCondition {
  /** Reads, where they fare otherwise than all requests. */
  readonly reads?: RequestCondition
  /** Conditional writes of the record, and overrides, where they fare otherwise. */
  readonly writes?: RequestCondition
  /** Additions to counts, where they fare otherwise. */
  readonly additions?: RequestCondition
  /** Share of the keys of a batch that it leaves unprocessed, 0 to 1. @default 0 */
  readonly unprocessedRate?: number
  /** Every request fails. @default false */
  readonly down?: boolean
  /** Share of environments that cannot reach it, 0 to 1. @default 0 */
  readonly unreachableShare?: number
  /** How far eventually consistent reads may lag behind, ms. @default 20 */
  readonly lagMs?: number
}

/** What an operator does to the circuit: overrides it, or ends an override. */
export interface OverrideAct {
  readonly mode: ControlMode | 'RELEASED'
  /** The override ends by itself after this long, ms. @default until it is released */
  readonly forMs?: number
  /** In an environment of the fleet, chosen at random; or `outside` of it, by a tool that shares the table. @default environment */
  readonly from?: 'environment' | 'outside'
}

/** Something that happens at one moment of a run: a fault begins or ends, the load changes, environments die. */
export interface ScenarioEvent {
  /** When, ms since the run began. */
  readonly atMs: number
  /** Up to this much later, at random, ms. @default 0 */
  readonly jitterMs?: number
  /** The condition of the dependency from now on. */
  readonly dependency?: DependencyCondition
  /** The condition of the table from now on. */
  readonly table?: TableCondition
  /** The record of the circuit is deleted from the table. @default false */
  readonly deleteRecord?: boolean
  /** All items of the table are restored as they were this long ago, ms; none are there before the run began. */
  readonly restoreFromMs?: number
  /** True: the record is of a later schema from now on, until false makes it again of the one that this code knows. */
  readonly laterSchema?: boolean
  /** An operator overrides the circuit, or ends an override. */
  readonly override?: OverrideAct
  /** This many environments cannot reach the dependency from now on: all their calls fail fast. 0 heals them. */
  readonly broken?: number
  /** The dependency of this many keys, the first ones, is dead from now on, and that of the others well. */
  readonly deadKeys?: number
  /** Calls per second, as a multiple of the scenario's load. 0 freezes the fleet. */
  readonly loadFactor?: number
  /** Calls at once, as a multiple of the environments: 1 thaws the whole fleet, more brings cold starts. */
  readonly burst?: number
  /** Share of the environments that die, busy or idle, 0 to 1. */
  readonly kill?: number
  /** The environment whose clock is off by `wrongClockMs` dies. @default false */
  readonly killWrongClock?: boolean
  /** Clocks of living environments step by this much, ms; back where it is negative. */
  readonly clockStepMs?: number
  /** Share of the environments whose clocks step, 0 to 1. @default 1 */
  readonly clockStepShare?: number
  /** For this long every environment that begins a probe dies in it, ms. */
  readonly killProbersForMs?: number
  /** A deployment: new environments have this policy on top of the scenario's. */
  readonly deploy?: Policy
  /** The deployment replaces the present environments within this time, ms. @default 10000 */
  readonly rolloutMs?: number
}

/** The fleet of a scenario. */
export interface FleetOptions {
  /** Calls per second, all environments together. The lower of this and `perEnvironment` counts. */
  readonly callsPerSecond?: number
  /** Calls per second and environment. */
  readonly perEnvironment?: number
  /** Calls come at equal distances, and not at random moments. @default false */
  readonly regular?: boolean
  /** Clocks are off by up to this, either way, ms. @default 25 */
  readonly skewMs?: number
  /** In one environment the clock is ahead by this much, ms; behind where it is negative. @default 0 */
  readonly wrongClockMs?: number
  /** Environments are recycled after about this long, ms. @default never */
  readonly lifetimeMs?: number
  /** Calls an environment takes at once. @default 1 */
  readonly concurrency?: number
  /** Median time of a cold start, ms. @default 250 */
  readonly coldStartMs?: number
  /** Most environments, as a multiple of those at the start. @default 2 */
  readonly limit?: number
}

/** One circuit for each of many keys, over one table. */
export interface Keys {
  /** How many keys there are. Each call is of one at random. */
  readonly count: number
  /** Circuits that an environment keeps at most. @default 1000 */
  readonly maxCircuits?: number
}

/** Two Regions with a global table. */
export interface Regions {
  /** How long a write takes to the other Region, in the median, ms. There the later write replaces the whole item. */
  readonly replicationMs: number
}

/** A dependency of limited capacity, in terms of the scenario's load. */
export interface Capacity {
  /** Throughput when warm, as a multiple of the load. */
  readonly share: number
  /** It collapses when this much of the load waits in line, ms. */
  readonly backlogMs: number
  /** After a collapse it is down for this long, ms. */
  readonly restartMs: number
  /** After a restart, or an outage, its throughput grows from `coldShare` to the full one over this time, ms. */
  readonly warmUpMs: number
  /** Throughput after a restart, as a share of the full one, above 0, at most 1. */
  readonly coldShare: number
}

/** Bounds on the result of each run. A result out of bounds is a violation, like that of an invariant. */
export interface Expectations {
  /** Most openings while the dependency was healthy. @default 0 */
  readonly wrongOpens?: number
  /** Fewest and most openings of the shared circuit. @default any */
  readonly opens?: readonly [min: number, max: number]
  /** Most writes to the table. @default any */
  readonly writes?: number
  /** Most writes a second, on average. @default any */
  readonly writesPerSecond?: number
  /** Most calls until the circuit opens, as a multiple of `minimumCalls`. @default any */
  readonly callsToOpen?: number
  /** Longest time to CLOSED, from the moment when the dependency is healthy and the open time is over, ms. @default any */
  readonly closedMs?: number
  /** Most calls that reach the dependency while it is down, from the last burst on. @default any */
  readonly reachedSinceBurst?: number
  /** Most calls that reach the dependency while it is down and the table holds OPEN or HALF_OPEN, for each environment. @default any */
  readonly reachedWhileOpenEach?: number
  /** Least share of calls answered well with a healthy dependency, the longest open time and the ramp later, 0 to 1. @default 0 */
  readonly healthyGoodput?: number
}

/**
 * What a fleet goes through in a run, as plain data, so that a file of JSON can hold it.
 *
 * @example
 * const scenario: Scenario = {
 *   name: 'black-friday',
 *   title: 'Twice the load, then the provider dies.',
 *   durationMs: 60_000,
 *   sizes: [100],
 *   fleet: { callsPerSecond: 400 },
 *   events: [
 *     { atMs: 20_000, loadFactor: 2 },
 *     { atMs: 30_000, dependency: { mode: 'outage' } },
 *   ],
 *   expect: { opens: [1, 5] },
 * }
 */
export interface Scenario {
  readonly name: string
  /** One sentence for readers who know no code. */
  readonly title: string
  /** Length of a run, ms. */
  readonly durationMs: number
  /** Fleet sizes at which the scenario makes sense; the command line runs those. */
  readonly sizes: readonly number[]
  readonly fleet: FleetOptions
  /** Policy of the circuit. @default that of `@breakwater/circuit` */
  readonly policy?: Policy
  /** The dependency while nothing is wrong. */
  readonly dependency?: DependencyOptions
  /** @default it serves any load */
  readonly capacity?: Capacity
  /** Every other environment is in a second Region, which has a replica of the table. @default one Region */
  readonly regions?: Regions
  /** A circuit for each of many keys. @default one circuit */
  readonly keys?: Keys
  /**
   * The calls are tasks of workflows: one invocation acquires the permit, and another one records the outcome.
   * @default false
   */
  readonly workflows?: boolean
  /** Limit of each call, ms. @default 2000 */
  readonly timeoutMs?: number
  readonly events: readonly ScenarioEvent[]
  readonly expect?: Expectations
}
