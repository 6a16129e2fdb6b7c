import type { Clock } from '@breakwater/circuit'
import { aFunction, anObject, type Check, checkOptions, wholeNumber } from '@breakwater/circuit/shared'
import { aClock, regionAndAccountChecks } from '../aws/checks.ts'
import type { EventEntry } from '../aws/event.ts'
import type { RegionAndAccount } from '../aws/identifiers.ts'
import type { Lookup } from '../aws/lookup.ts'

/** Options of {@link createEcs}. */
export interface EcsOptions extends RegionAndAccount {
  /** @default the machine's */
  readonly clock?: Clock
  /** Makes ids; 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number
  /** Called with the events of deployments; puts them on the default bus, say. @default they are dropped */
  readonly emit?: (event: EventEntry) => void
  /** Looks the references of task definitions up; a task with a reference to nothing does not start. @default no reference is looked up */
  readonly lookup?: Lookup
  /** How long things take. */
  readonly timing?: Partial<EcsTiming>
  /** How many calls are let through; false for all. @default as AWS publishes them */
  readonly rates?: Partial<EcsRates> | false
  /** Container instances of every cluster: as many tasks has a daemon. @default 1 */
  readonly instances?: number
}

/** How long things take, in ms. */
export interface EcsTiming {
  /** From the launch of a task until it runs, or fails to. @default 500 */
  readonly startMs: number
  /** From the order to stop a task until it is stopped. @default 500 */
  readonly stopMs: number
  /** How long all has to be well before a deployment counts as completed. @default 500 */
  readonly steadyMs: number
  /** From a failed start to the next one; doubled with every round, up to 32 times. @default 500 */
  readonly retryMs: number
}

export const defaultTiming: EcsTiming = { startMs: 500, stopMs: 500, steadyMs: 500, retryMs: 500 }

/** How many calls are let through. */
export interface Rate {
  /** At once. */
  readonly burst: number
  /** In the long run. */
  readonly perSecond: number
}

/** Rates by group of actions, as AWS publishes them. */
export interface EcsRates {
  /** UpdateService. @default 50 at once, 5 a second */
  readonly update: Rate
  /** DescribeTaskDefinition. @default 50 at once, 20 a second */
  readonly definition: Rate
  /** All other Describe and List actions. @default 100 at once, 20 a second */
  readonly read: Rate
}

/** As AWS publishes them. */
export const defaultRates: EcsRates = {
  update: { burst: 50, perSecond: 5 },
  definition: { burst: 50, perSecond: 20 },
  read: { burst: 100, perSecond: 20 },
}

const aboveZero: Check = { allowed: 'a number of ms above 0', good: value => Number(value) > 0 }
const aRate: Check = {
  allowed: 'a burst of at least 1, and a rate a second of at least 0',
  good: value => Number(Object(value).burst) >= 1 && Number(Object(value).perSecond) >= 0,
}

/** @throws TypeError naming the option that is wrong or unknown. */
export function checkEcsOptions(options: EcsOptions): void {
  checkOptions('createEcs', options, {
    ...regionAndAccountChecks,
    clock: aClock,
    random: aFunction,
    emit: aFunction,
    lookup: aFunction,
    timing: anObject,
    rates: { allowed: 'an object, or false', good: value => value === false || anObject.good(value) },
    instances: wholeNumber(0, 100_000),
  })
  const { timing = {}, rates = {} } = options
  const times = { startMs: aboveZero, stopMs: aboveZero, steadyMs: aboveZero, retryMs: aboveZero }
  checkOptions('createEcs', timing, times, 'timing.')
  if (rates !== false) {
    checkOptions('createEcs', rates, { update: aRate, definition: aRate, read: aRate }, 'rates.')
  }
}
