import { invalid } from '@breakwater/circuit/shared'
import { ServiceError } from '../aws/json-service.ts'
import { TokenBucket } from '../aws/token-bucket.ts'

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

const published: EcsRates = {
  update: { burst: 50, perSecond: 5 },
  definition: { burst: 50, perSecond: 20 },
  read: { burst: 100, perSecond: 20 },
}

/**
 * Makes what refuses calls beyond the rates.
 *
 * @param rates false for none
 * @throws TypeError naming the rate that is wrong.
 */
export function throttleOf(rates: Partial<EcsRates> | false, now: () => number): (action: string) => void {
  if (rates === false) return () => {}
  const buckets = new Map<string, TokenBucket>()
  for (const [group, rate] of Object.entries({ ...published, ...rates })) {
    if (!Object.hasOwn(published, group)) {
      throw invalid(`rates.${group}`, rate, `nothing: rates are ${Object.keys(published).join(', ')}`)
    }
    const { burst, perSecond } = rate
    if (!(burst >= 1) || !(perSecond >= 0)) {
      throw invalid(`rates.${group}`, rate, 'a burst of at least 1, and a rate a second of at least 0')
    }
    buckets.set(group, new TokenBucket(perSecond, burst))
  }
  return action => {
    const group = groupOf(action)
    if (group === undefined || buckets.get(group)!.take(now())) return
    throw new ServiceError('ThrottlingException', 'Rate exceeded')
  }
}

function groupOf(action: string): keyof EcsRates | undefined {
  if (action === 'UpdateService') return 'update'
  if (action === 'DescribeTaskDefinition') return 'definition'
  return /^(Describe|List)/.test(action) ? 'read' : undefined
}
