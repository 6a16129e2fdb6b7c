import type { Discovery, LabelChange, ServiceRecord } from '../model.ts'

/** Why a service is left alone. */
export type SkipReason =
  | 'fresh' // its primary deployment began after the label moved
  | 'already-recycled' // a recycle for this label change is on record
  | 'pinned-version' // all its references name a version, which no recycle changes
  | 'opted-out'
  | 'not-opted-in'
  | 'no-tasks' // nothing runs; whatever starts reads the new version
  | 'inactive'
  | 'daemon'
  | 'code-deploy'
  | 'external'
  | 'unknown-controller'
  | 'standalone-task'
  | 'managed-daemon'
  | 'bad-tag'
  | 'no-room' // its percentages let no task start before one stops, and none stop before one starts
  | 'stuck' // a deployment of it takes longer than one may, and older tasks run beside it

/** How recycles are done. Times are in ms. */
export interface PlanOptions {
  /** true: only services tagged `breakwater:recycle=true`; false: all but those tagged `breakwater:recycle=false`. @default true */
  readonly optIn?: boolean
  /** How long nothing that a service reads may have moved, before it is recycled. @default 60_000 */
  readonly quietPeriodMs?: number
  /** A service is recycled at the latest so long after the first label change by which it is stale. @default 900_000 */
  readonly maximumWaitMs?: number
  /** Services in the first wave; 0 for no canary. @default 1 */
  readonly canaries?: number
  /** Most services in a wave. @default 10 */
  readonly waveSize?: number
  /** A deployment that takes longer is said to be stuck. @default 1_800_000 */
  readonly deploymentTimeoutMs?: number
}

/** What a plan is made of. */
export interface PlanInput {
  readonly labelChange: LabelChange
  /** Moves of other labels and sources within the last day, which may be served by the same recycle. */
  readonly others: readonly LabelChange[]
  readonly discovery: Discovery
  /** By ARN of the service. */
  readonly records: ReadonlyMap<string, ServiceRecord>
  /** References that are ambiguous and were looked up: the ARN that each text really means. @default none */
  readonly resolved?: ReadonlyMap<string, string>
  /** The canary of this change came through before. @default false */
  readonly canaryDone?: boolean
  /** Epoch ms. */
  readonly now: number
  readonly options?: PlanOptions
}

/** A service that will be recycled. */
export interface PlannedService {
  readonly cluster: string
  readonly service: string
  readonly name: string
  /** Epoch ms. */
  readonly notBefore: number
  /** What it waits for until then, for people; absent where that time has come. */
  readonly waiting?: string
  /** Its primary deployment, and since when that is, epoch ms. */
  readonly deployment: { readonly id: string; readonly createdAt: number }
  /** Tasks of deployments before it that still run, where it began after the label moved. */
  readonly olderTasks?: number
  /** Its tasks show that it is stale, and its deployments do not: they began while the label was where it is now. */
  readonly byTasks?: boolean
  /** A deployment under way that is waited for. */
  readonly waitsFor?: string
  /** Where its task definition names the source. */
  readonly references: readonly string[]
  /** Other sources whose label changes this recycle serves as well. */
  readonly alsoServes: readonly string[]
  /** What to know before: no deployment circuit breaker, a mutable image tag, and so on, in a sentence each. */
  readonly warnings: readonly string[]
}

/** Services that are recycled together. */
export interface Wave {
  /** From 1. */
  readonly number: number
  readonly name: string
  /** Epoch ms. */
  readonly notBefore: number
  readonly services: readonly PlannedService[]
}

/** Something that reads the source and is left alone. */
export interface Skipped {
  readonly cluster: string
  readonly service: string
  readonly name: string
  readonly reason: SkipReason
  /** In a sentence, for people. */
  readonly text: string
  /** Its tasks hold the old version all the same. */
  readonly stale: boolean
}

/** What will be done about one label change, and why. */
export interface Plan {
  readonly version: 1
  readonly change: string
  readonly labelChange: LabelChange
  /** Epoch ms. */
  readonly at: number
  readonly waves: readonly Wave[]
  readonly skipped: readonly Skipped[]
  readonly counts: {
    /** Services and other tasks that name the source. */
    readonly candidates: number
    /** Of these, those that hold an old version. */
    readonly stale: number
    /** Of these, those that will be recycled. */
    readonly planned: number
    readonly skipped: number
  }
  /** Since when the stalest service is stale, epoch ms; absent where none is. */
  readonly oldestStaleAt?: number
  /** What concerns the whole plan: ambiguous references, what could not be looked at, a label change known as an upper bound only. */
  readonly warnings: readonly string[]
}
