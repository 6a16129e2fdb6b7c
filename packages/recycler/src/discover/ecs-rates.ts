import { type Clock, systemClock } from '@breakwater/circuit'
import { aFunction, type Checks, checkOptions, objectWith, share } from '@breakwater/circuit/shared'
import { type Sleep, sleepBy } from '../concurrency.ts'

/**
 * Rates that ECS publishes, of an account in a Region, in calls a second; the actions of a group share one:
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
 *
 * @example
 * publishedRates[groupOf.DescribeTaskDefinition].sustained // 20
 */
export const publishedRates = {
  clusters: { burst: 50, sustained: 20 },
  resources: { burst: 100, sustained: 20 },
  taskDefinitions: { burst: 50, sustained: 20 },
} as const satisfies Record<string, Rate>

/** An API action that a discovery uses; a policy for it allows these, and no other. */
export type EcsAction =
  | 'ListClusters'
  | 'DescribeClusters'
  | 'ListDaemons'
  | 'DescribeDaemon'
  | 'DescribeDaemonRevisions'
  | 'ListServices'
  | 'DescribeServices'
  | 'ListTasks'
  | 'DescribeTasks'
  | 'DescribeTaskDefinition'
  | 'DescribeDaemonTaskDefinition'

/**
 * Which rate an action counts against; its names are all the actions that a discovery uses. Nothing is published of
 * daemons, which therefore are in a small group.
 *
 * @example
 * const actions = Object.keys(groupOf).map(action => `ecs:${action}`)
 */
export const groupOf: Readonly<Record<EcsAction, keyof typeof publishedRates>> = {
  ListClusters: 'clusters',
  DescribeClusters: 'clusters',
  ListDaemons: 'clusters',
  DescribeDaemon: 'clusters',
  DescribeDaemonRevisions: 'clusters',
  ListServices: 'resources',
  DescribeServices: 'resources',
  ListTasks: 'resources',
  DescribeTasks: 'resources',
  DescribeTaskDefinition: 'taskDefinitions',
  DescribeDaemonTaskDefinition: 'taskDefinitions',
}

/** Options of {@link EcsRates}. */
export interface EcsRatesOptions {
  /** What share of the published rates to use, above 0, at most 1: the rest is left to others. @default 0.5 */
  readonly share?: number
  readonly clock?: Clock
  /** @default by the timers of the clock */
  readonly sleep?: Sleep
}

const checks: Checks<EcsRatesOptions> = {
  share,
  clock: objectWith('a Clock', 'now', 'setTimeout'),
  sleep: aFunction,
}

/**
 * Keeps calls of ECS within a share of the rates that are published. Keep one for as long as the process lives, so that
 * discoveries that follow each other count together.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const rates = new EcsRates({ share: 0.25 })
 * const found = await discover({ ecs, rates })
 */
export class EcsRates {
  readonly #buckets: Record<keyof typeof publishedRates, TokenBucket>

  constructor(options: EcsRatesOptions = {}) {
    const {
      share: part = 0.5,
      clock = systemClock,
      sleep = sleepBy(clock),
    } = checkOptions('EcsRates', options, checks)
    const bucket = ({ burst, sustained }: Rate) => {
      return new TokenBucket({ burst: Math.max(1, burst * part), sustained: sustained * part }, clock, sleep)
    }
    const { clusters, resources, taskDefinitions } = publishedRates
    this.#buckets = {
      clusters: bucket(clusters),
      resources: bucket(resources),
      taskDefinitions: bucket(taskDefinitions),
    }
  }

  /** Waits until the action may be called. Throws the reason of a signal that is aborted meanwhile. */
  take(action: EcsAction, signal?: AbortSignal): Promise<void> {
    return this.#buckets[groupOf[action]].take(signal)
  }

  /** The action was throttled all the same: its group has no burst left. */
  throttled(action: EcsAction): void {
    this.#buckets[groupOf[action]].drain()
  }
}

/** A rate as AWS publishes it: so many calls at once, and so many a second for as long as one likes. */
export interface Rate {
  readonly burst: number
  readonly sustained: number
}

/**
 * Holds `burst` tokens and gets `sustained` of them back a second; a call takes one, or waits for it. In this process
 * only: `sharedBucket` is for all environments together.
 *
 * @example
 * const bucket = new TokenBucket({ burst: 50, sustained: 20 }, systemClock, sleepBy(systemClock))
 * await bucket.take(signal)
 */
export class TokenBucket {
  readonly #rate: Rate
  readonly #clock: Pick<Clock, 'now'>
  readonly #sleep: Sleep
  #tokens: number
  #filledAt: number

  constructor(rate: Rate, clock: Pick<Clock, 'now'>, sleep: Sleep) {
    this.#rate = rate
    this.#clock = clock
    this.#sleep = sleep
    this.#tokens = rate.burst
    this.#filledAt = clock.now()
  }

  /** Waits until there is a token, and takes it. Throws the reason of a signal that is aborted meanwhile. */
  async take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    // Looked at again after each wait: an environment that was frozen meanwhile must not go on as if it held a token since then.
    for (this.#fill(); this.#tokens < 1; this.#fill()) {
      await this.#sleep(Math.ceil(((1 - this.#tokens) * 1000) / this.#rate.sustained), signal)
    }
    this.#tokens -= 1
  }

  /** Other callers use the same rate up: gives up the burst. */
  drain(): void {
    this.#fill()
    this.#tokens = Math.min(this.#tokens, 0)
  }

  #fill(): void {
    const now = this.#clock.now()
    const gained = (Math.max(0, now - this.#filledAt) * this.#rate.sustained) / 1000
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained)
    this.#filledAt = now
  }
}
