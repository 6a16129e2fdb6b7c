import { checkNames, checkNumber, checkObject, invalid } from './validate.ts'

/** Trip when too large a share of the calls in a window failed, or was slow. */
export interface RateRule {
  /** Share of failed calls that opens the circuit, above 0, at most 1. @default 0.5 */
  readonly failureRate?: number
  /** Share of slow calls that opens the circuit, above 0, at most 1. Needs `slowCallMs`. @default 1 */
  readonly slowCallRate?: number
  /** From how many ms on a call is slow; without a `timeoutMs` at most 0.9 of `probeLeaseMs`. @default none is */
  readonly slowCallMs?: number
  /** Fewest calls in the window on which to judge. @default 10 */
  readonly minimumCalls?: number
  readonly consecutiveFailures?: never
}

/** Trip after so many failures in a row. */
export interface ConsecutiveRule {
  /**
   * Failures without a success between them that open the circuit, at least 1. Nothing but a success ends a row, however
   * far apart the calls are. An environment stops calling after exactly so many; with a `store` the circuit opens for all
   * once so many calls of at least two environments, or ten of the only one in use, have failed since the first failure.
   */
  readonly consecutiveFailures: number
  readonly failureRate?: never
  readonly slowCallRate?: never
  readonly slowCallMs?: never
  readonly minimumCalls?: never
}

/** When to open, how long to stay open, how to come back, and how long to wait. */
export type Policy = (RateRule | ConsecutiveRule) & {
  /** How far back calls count for the rates, in ms. @default 10_000 */
  readonly windowMs?: number
  /** Open time after the first opening, in ms. Doubles at every failed recovery. @default 5_000 */
  readonly openMs?: number
  /** Longest open time, in ms; a dependency's Retry-After is honoured up to it. @default 300_000 */
  readonly maxOpenMs?: number
  /** Most calls that may probe at the same time in the whole fleet, and successes needed to close. @default 3 */
  readonly probes?: number
  /**
   * How long the permit of a probe without any time limit is kept, in ms, at most a day: the probe is timed out after 0.9
   * of it, 27 s by default. One with a limit (`timeoutMs`, a deadline) may take as long as that, and its permit is kept for
   * 1.1 times the limit and a second. @default 30_000
   */
  readonly probeLeaseMs?: number
  /** Time over which traffic grows back to full after closing, in ms; 0 for at once. @default 10_000 */
  readonly recoveryMs?: number
  /** Bound on each call that names none of its own, in ms, at most 21.6 hours. @default none */
  readonly timeoutMs?: number
  /**
   * How long a snapshot of the shared state is good, in ms. It is a part of the delay of detection: an environment learns
   * within one `refreshMs` that another has seen failures, and within another that the circuit is open.
   * @default 1_000
   */
  readonly refreshMs?: number
  /** The longest any call ever waits for the store at one point (before it, or after it), in ms. @default 250 */
  readonly storeWaitMs?: number
}

/**
 * A policy with every default filled in. `consecutiveFailures` is 0 where the rates decide; `slowCallMs` and
 * `timeoutMs` are Infinity where nothing is slow, and nothing bounded.
 */
export interface ResolvedPolicy {
  readonly failureRate: number
  readonly slowCallRate: number
  readonly slowCallMs: number
  readonly minimumCalls: number
  readonly consecutiveFailures: number
  readonly windowMs: number
  readonly openMs: number
  readonly maxOpenMs: number
  readonly probes: number
  readonly probeLeaseMs: number
  readonly recoveryMs: number
  readonly timeoutMs: number
  readonly refreshMs: number
  readonly storeWaitMs: number
}

const defaults: ResolvedPolicy = {
  failureRate: 0.5,
  slowCallRate: 1,
  slowCallMs: Infinity,
  minimumCalls: 10,
  consecutiveFailures: 0,
  windowMs: 10_000,
  openMs: 5_000,
  maxOpenMs: 300_000,
  probes: 3,
  probeLeaseMs: 30_000,
  recoveryMs: 10_000,
  timeoutMs: Infinity,
  refreshMs: 1_000,
  storeWaitMs: 250,
}

/**
 * The longest any permit to probe is kept, in ms: a day.
 *
 * @example
 * const leaseMs = Math.min(maxLeaseMs, 1.1 * limitMs + 1_000)
 */
export const maxLeaseMs = 86_400_000

/** The share of its permit's time that a probe may take, where nothing else limits it: its outcome is to count. */
export const probeShare = 0.9

/** How long a call that may take `limitMs` holds its permit to probe, in ms: a tenth and a second longer, so that its outcome counts. */
export function leaseMsOf(limitMs: number): number {
  return Math.min(maxLeaseMs, Math.ceil(limitMs * 1.1) + 1_000)
}

/** How long a call may take whose permit {@link leaseMsOf} made `leaseMs` long, in ms. */
export function limitMsOf(leaseMs: number): number {
  return Math.max(0, (leaseMs - 1_000) / 1.1)
}

const otherOptions =
  'store classify retry throttle stackTraces listener disabled environment clock random'.split(' ')

/** The names of all options of a circuit. */
export const optionNames: readonly string[] = [...Object.keys(defaults), ...otherOptions]

/**
 * Checks a policy and fills in its defaults.
 *
 * @param owner what messages begin with: the class or function that was given the policy. @default 'resolvePolicy'
 * @throws TypeError naming the option, the value and what is allowed.
 * @example
 * resolvePolicy({ failureRate: 0.3, openMs: 2_000 }).minimumCalls // 10
 */
export function resolvePolicy(policy: Policy, owner = 'resolvePolicy'): ResolvedPolicy {
  checkNames(`${owner}: option`, checkObject(`${owner}: options`, policy), optionNames)
  const resolved: Record<string, number> = { ...defaults }
  for (const [name, value] of Object.entries(policy)) {
    if (value === undefined || otherOptions.includes(name)) continue
    resolved[name] = checkNumber(`${owner}: ${name}`, value)
    // Of failureRate, slowCallRate, slowCallMs and minimumCalls none goes with consecutiveFailures.
    if (policy.consecutiveFailures !== undefined && /rate|slow|minimum/i.test(name)) {
      throw invalid(`${owner}: ${name}`, value, 'nothing beside consecutiveFailures')
    }
  }
  if (policy.slowCallRate !== undefined && policy.slowCallMs === undefined) {
    throw invalid(`${owner}: slowCallMs`, undefined, 'a number where slowCallRate is given')
  }
  const { maxOpenMs, probeLeaseMs, timeoutMs } = resolved as unknown as ResolvedPolicy
  const checkMost = (name: keyof ResolvedPolicy, most: number, why: string) => {
    const value = resolved[name]!
    if (value > most && value < Infinity) throw invalid(`${owner}: ${name}`, value, `at most ${why}, ${most}`)
  }
  checkMost('openMs', maxOpenMs, 'maxOpenMs')
  checkMost('probeLeaseMs', maxLeaseMs, 'a day')
  checkMost('timeoutMs', probeShare * maxLeaseMs, '0.9 of a day')
  // A good call, as it is not slow yet, would be one that failed whenever it probes.
  if (timeoutMs === Infinity)
    checkMost('slowCallMs', probeShare * probeLeaseMs, '0.9 of probeLeaseMs without a timeoutMs')
  return resolved as unknown as ResolvedPolicy
}
