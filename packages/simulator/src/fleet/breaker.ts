import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Environment } from '../engine/environment.ts'
import type { Random } from '../engine/random.ts'

/** How a call ended: answered well, failed or timed out, or rejected before it reached the dependency. */
export type CallOutcome = 'success' | 'failure' | 'rejected'

/**
 * The state that one environment goes by, a letter each: `c` closed, `o` open, `h` half open; `r` closed, in the
 * recovery ramp; `s` shedding by its local gate only; `u` closed while the table does not answer.
 */
export type BreakerState = 'c' | 'o' | 'h' | 'r' | 's' | 'u'

/**
 * The circuit breaker of one environment in a run.
 *
 * @example
 * const noBreaker: Breaker = {
 *   state: 'c',
 *   run: call => call().then(() => 'success', () => 'failure'),
 * }
 */
export interface Breaker {
  /**
   * Runs one call through the breaker and never rejects. `call` resolves when the dependency answered well, and rejects
   * when it failed or timed out. A breaker that makes calls to several dependencies passes whether that of this call is
   * broken.
   */
  run(call: (broken?: boolean) => Promise<void>): Promise<CallOutcome>
  readonly state: BreakerState
}

/**
 * The table as a custom breaker uses it: whole items, one a key. A breaker that shares its state keeps it in an
 * attribute `state` of its item, as `CLOSED`, `OPEN` or `HALF_OPEN`: the run counts openings by that attribute. Requests
 * reject when the table throttles, fails or does not answer within a second.
 */
export interface BreakerTable {
  /** Reads an item; undefined where there is none. */
  get(key: string, consistent: boolean): Promise<Readonly<Record<string, unknown>> | undefined>
  /** Replaces the whole item; false where the condition refused. */
  put(
    key: string,
    item: Readonly<Record<string, unknown>>,
    condition?: (stored: Readonly<Record<string, unknown>> | undefined) => boolean,
  ): Promise<boolean>
}

/** All that a custom breaker may use. It must read no other clock and draw no other random numbers. */
export interface BreakerContext {
  /** Its clock and timers. */
  readonly environment: Environment
  readonly random: Random
  readonly table: BreakerTable
  /** Policy of the scenario, with what a deployment changed. */
  readonly policy: ResolvedPolicy
}

/**
 * A breaker to run in place of Breakwater's, to compare the two with the same seeds.
 *
 * @example
 * const none: BreakerFactory = { name: 'none', create: () => noBreaker }
 * const { measures } = await simulate(findScenario('outage'), { seed: 1, size: 100, breaker: none })
 */
export interface BreakerFactory {
  /** Name in results and tables. */
  readonly name: string
  /** Makes the breaker of one environment. Each call ends at the scenario's `timeoutMs`, which the run sees to. */
  readonly create: (context: BreakerContext) => Breaker
  /**
   * Wraps the whole run, for a breaker that can be given no clock. Must call `run` and wait for it.
   *
   * @param now virtual time, epoch ms.
   */
  readonly wrapRun?: (now: () => number, run: () => Promise<void>) => Promise<void>
}
