import { ServiceError } from '../aws/json-service.ts'
import { TokenBucket } from '../aws/token-bucket.ts'
import type { EcsRates } from './options.ts'

/** Makes a check that refuses calls beyond the rates; false for none. */
export function throttleOf(rates: EcsRates | false, now: () => number): (action: string) => void {
  if (rates === false) return () => {}
  const buckets = new Map(
    Object.entries(rates).map(([group, { burst, perSecond }]) => [group, new TokenBucket(perSecond, burst)]),
  )
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
