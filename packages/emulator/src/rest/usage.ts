import { createHash } from 'node:crypto'
import { TokenBucket } from '../aws/token-bucket.ts'
import { GatewayError } from './gateway-response.ts'
import type { ApiResource, ApiResources } from './resources.ts'

type Throttle = { readonly RateLimit: number | undefined; readonly BurstLimit: number | undefined }
type Plan = ApiResource<'UsagePlan'>['properties']

/** A key that was let in. */
export interface AdmittedKey {
  readonly id: string
  readonly value: string
}

/** API keys and usage plans of one stage. */
export interface Usage {
  /** The value of each key by its logical id. */
  readonly values: Readonly<Record<string, string>>
  /**
   * Lets a request for `route` (`/orders/{id}/GET`) in by its key, and counts it.
   *
   * @throws GatewayError for a key that is none, too many requests at once and a quota that is used up.
   */
  admit(value: string | undefined, route: string, now: number): AdmittedKey
}

/** Reads the keys and usage plans of a stage. */
export function readUsage(
  resources: ApiResources,
  restApi: readonly string[],
  stage: readonly string[],
): Usage {
  const plans = resources.all('UsagePlan').map(plan => {
    const used = plan.properties.ApiStages.find(
      ({ ApiId, Stage }) => restApi.includes(ApiId) && stage.includes(Stage),
    )
    return { plan, used }
  })
  const values: Record<string, string> = {}
  const clients = new Map<string, Client>()
  for (const { id, properties } of resources.all('ApiKey')) {
    const value = properties.Value ?? createHash('sha256').update(id).digest('base64url').slice(0, 40)
    values[id] = value
    if (properties.Enabled) clients.set(value, new Client({ id, value }))
  }
  for (const { id, properties } of resources.all('UsagePlanKey')) {
    const { id: key } = resources.find('ApiKey', properties.KeyId, `${id}.KeyId`)
    const owner = resources.find('UsagePlan', properties.UsagePlanId, `${id}.UsagePlanId`)
    const { used } = plans.find(({ plan }) => plan === owner)!
    if (used) clients.get(values[key]!)?.join(owner.properties, used.Throttle)
  }

  return {
    values,
    admit(value, route, now) {
      const client = clients.get(value ?? '')
      if (!client?.isMember) throw new GatewayError('INVALID_API_KEY')
      client.use(route, now)
      return client.key
    },
  }
}

/** One key, and its use of the plan's limits. */
class Client {
  readonly key: AdmittedKey
  #plan: Plan | undefined
  #throttles: ReadonlyMap<string, Throttle> = new Map()
  readonly #buckets = new Map<string, TokenBucket>()
  #period = ''
  #periods = 0
  #used = 0

  constructor(key: AdmittedKey) {
    this.key = key
  }

  get isMember(): boolean {
    return this.#plan !== undefined
  }

  join(plan: Plan, throttles: ReadonlyMap<string, Throttle>): void {
    this.#plan = plan
    this.#throttles = throttles
  }

  use(route: string, now: number): void {
    const name = this.#throttles.has(route) ? route : ''
    const throttle = this.#throttles.get(name) ?? this.#plan?.Throttle
    let bucket = this.#buckets.get(name)
    if (!bucket) {
      bucket = new TokenBucket(throttle?.RateLimit, throttle?.BurstLimit)
      this.#buckets.set(name, bucket)
    }
    if (!bucket.take(now)) throw new GatewayError('THROTTLED')
    this.#count(now)
  }

  #count(now: number): void {
    const quota = this.#plan?.Quota
    if (!quota) return
    const period = periodOf(quota.Period, now)
    if (period !== this.#period) {
      this.#period = period
      this.#used = this.#periods++ === 0 ? quota.Offset : 0
    }
    if (this.#used >= quota.Limit) throw new GatewayError('QUOTA_EXCEEDED')
    this.#used += 1
  }
}

/** Names the day, the week (from Sunday) or the month in UTC. */
function periodOf(period: 'DAY' | 'WEEK' | 'MONTH', now: number): string {
  const date = new Date(now)
  if (period === 'WEEK') date.setUTCDate(date.getUTCDate() - date.getUTCDay())
  return date.toISOString().slice(0, period === 'MONTH' ? 7 : 10)
}
