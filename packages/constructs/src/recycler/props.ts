import type { Duration, RemovalPolicy } from 'aws-cdk-lib'
import type { IEventBus } from 'aws-cdk-lib/aws-events'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { ICircuitTable } from '../circuit-grants.ts'

/** How many services are recycled together. */
export interface RecyclerWaves {
  /** Services in the first wave, 0 to 100; 0 for no canary. @default 1 */
  readonly canaries?: number
  /** Most services in a wave, 1 to 100. @default 10 */
  readonly size?: number
  /** Most services of a wave that are seen to at once, 1 to 40. @default 5 */
  readonly concurrency?: number
}

/** Properties of a `SecretRotationRecycler`. */
export interface SecretRotationRecyclerProps {
  /** The table that keeps what was seen, planned and done, beside the circuits. */
  readonly table: ICircuitTable
  /** Names of the ECS clusters whose services are recycled. @default all clusters of the account and Region */
  readonly clusters?: readonly string[]
  /**
   * true: only services tagged `breakwater:recycle=true` are recycled; false: all but those tagged
   * `breakwater:recycle=false`. The executor's policy says the same. @default true
   */
  readonly optIn?: boolean
  /** How long nothing that a service reads may have changed before it is recycled, up to 1 day. @default 1 minute */
  readonly quietPeriod?: Duration
  /** A service is recycled at the latest so long after the first change; up to 1 day. @default 15 minutes */
  readonly maximumWait?: Duration
  /** How many services are recycled together. @default a canary, then waves of 10, of which 5 at once */
  readonly waves?: RecyclerWaves
  /** A deployment that takes longer has failed; 1 minute to 1 day. @default 30 minutes */
  readonly deploymentTimeout?: Duration
  /** true: everything is planned and reported, and no service is touched. @default true */
  readonly dryRun?: boolean
  /** Also listens to CloudTrail's `RotationSucceeded`, for Regions without the native event. @default false */
  readonly cloudTrail?: boolean
  /**
   * Ids of other accounts whose events are taken, and whose secrets may be described. Those accounts forward their
   * events to this one's default bus, whose policy must let them, and share their secrets. @default none
   */
  readonly allowedAccounts?: readonly string[]
  /** How often to look for changes that no event reported, in whole minutes; 5 minutes to 1 day. @default 1 hour */
  readonly reconcile?: Duration
  /** A service that was stale for longer raises an alarm; 5 minutes to 30 days. @default 1 day */
  readonly maximumStaleAge?: Duration
  /**
   * Where alarms go, and events about rotations that failed and parameters that are about to expire. A topic
   * that a customer's key encrypts needs that key to allow CloudWatch and EventBridge. @default nowhere
   */
  readonly notify?: ITopic
  /** Where `Recycle Finished` is put. @default the default bus */
  readonly bus?: IEventBus
  /** ARNs of the secrets that may be described, where `*` and `?` are wildcards. @default all of the account and Region, and of `allowedAccounts` */
  readonly secrets?: readonly string[]
  /** What becomes of queues and logs when they leave the stack. @default RemovalPolicy.DESTROY */
  readonly removalPolicy?: RemovalPolicy
}
