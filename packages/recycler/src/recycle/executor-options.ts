import type { ECSClient } from '@aws-sdk/client-ecs'
import { type Circuit, type Clock, systemClock } from '@breakwater/circuit'
import {
  aFunction,
  type Checks,
  checkOptions,
  milliseconds,
  objectWith,
  required,
  trueOrFalse,
} from '@breakwater/circuit/shared'
import { type Sleep, sleepBy } from '../concurrency.ts'
import type { Records } from '../records/records.ts'
import type { SharedBucket } from './shared-bucket.ts'

/** Options of an {@link Executor}. Times are in ms. */
export interface ExecutorOptions {
  /** Give it `maxAttempts: 1`: an UpdateService that the SDK repeats is one too many. */
  readonly ecs: Pick<ECSClient, 'send'>
  readonly records: Records
  /** Guards UpdateService. Give it `classify: classifyAws`, and no `retry`. */
  readonly circuit: Pick<Circuit, 'run' | 'refresh'>
  /** The rate of UpdateService that all of the account and Region share. */
  readonly bucket: SharedBucket
  /** true: only services tagged `breakwater:recycle=true`; false: all but those tagged `false`. @default true */
  readonly optIn?: boolean
  /** How long a deployment may take before it counts as failed. @default 1_800_000 */
  readonly deploymentTimeoutMs?: number
  /**
   * How long an UpdateService whose answer was lost may still show its deployment; no other execution touches the service for
   * so long. One call may take a quarter of it. @default 20_000
   */
  readonly settleMs?: number
  /** The longest wait for the shared rate within one request. @default 20_000 */
  readonly rateWaitMs?: number
  /** @default the machine's own time */
  readonly clock?: Clock
  /** @default by the timers of the clock */
  readonly sleep?: Sleep
  /** Spreads repetitions; returns 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number
}

const checks: Checks<ExecutorOptions> = {
  ecs: required(objectWith('an ECSClient', 'send')),
  records: required(objectWith('Records', 'situation')),
  circuit: required(objectWith('a Circuit', 'run', 'refresh')),
  bucket: required(objectWith('a sharedBucket', 'reserve')),
  optIn: trueOrFalse,
  deploymentTimeoutMs: milliseconds,
  settleMs: milliseconds,
  rateWaitMs: milliseconds,
  clock: objectWith('a Clock', 'now', 'setTimeout'),
  sleep: aFunction,
  random: aFunction,
}

/** Refuses what cannot work, and fills in the defaults. */
export function checkExecutorOptions(options: ExecutorOptions): Required<ExecutorOptions> {
  const { clock = systemClock } = checkOptions('Executor', options, checks)
  const defaults = {
    optIn: true,
    deploymentTimeoutMs: 1_800_000,
    settleMs: 20_000,
    rateWaitMs: 20_000,
    clock,
    sleep: sleepBy(clock),
    random: Math.random,
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  return { ...defaults, ...(given as typeof options) }
}
