/**
 * What the workflow `recycle-services` and its functions say to each other.
 *
 * @module
 */
import type { LabelChangeRef } from '../model.ts'
import type { Plan } from '../plan/types.ts'

/** What an execution is started with: by the trigger and the reconcile with a change, by hand without. */
export interface RecycleInput {
  /** ARN or name of a secret; a parameter by its ARN, or as `ssm:NAME`. */
  readonly secretId: string
  /** @default AWSCURRENT, and LATEST for parameters */
  readonly label?: string
  /** Identifies the change this execution is for. By hand: the last one. */
  readonly sequence?: number
  /** Plan only. The installation's own dry run cannot be switched off here. @default the installation's */
  readonly dryRun?: boolean
}

/** A service as it travels through the workflow. */
export interface Target {
  readonly cluster: string
  readonly service: string
  readonly name: string
  /** ID of its primary deployment, where its tasks alone show that it is stale: as long as it is on that, it is. */
  readonly deployment?: string
}

/** Asks the planner what to do next. */
export interface PlanRequest {
  readonly action: 'plan'
  readonly execution: string
  readonly input: RecycleInput
  /** Only these services, the ARNs that the last answer gave as `remaining`. @default all */
  readonly services?: readonly string[]
  /** How many services this execution has recycled so far. */
  readonly recycled: number
  /** How often it has waited and asked again: each time leaves events in its history. @default 0 */
  readonly polls?: number
}

/** What to do next. */
export interface PlanAnswer {
  /**
   * `wave`: recycle these now. `wait`: ask again in `seconds`. `handover`: go on in a new execution with `input`, as this
   * one's history grows long. `over`: report.
   */
  readonly next: 'wave' | 'wait' | 'handover' | 'over'
  /** The change that is worked on. */
  readonly change: string
  readonly labelChange: LabelChangeRef & { readonly movedAt: number }
  /** For `wave`. */
  readonly wave?: { readonly number: number; readonly name: string; readonly services: readonly Target[] }
  /** For `wait`. */
  readonly seconds?: number
  /** For `wait`: why, for people. */
  readonly why?: string
  /** For `handover`. */
  readonly input?: RecycleInput
  /** For `over`. */
  readonly ending?: Ending
  /** The services that remain to be looked at; null for all of them. */
  readonly remaining: readonly string[] | null
}

/** How a recycle ended. */
export type Ending =
  | 'finished' // nothing that can be recycled is stale
  | 'failed' // a deployment failed; the rest was left alone
  | 'stopped' // by the kill switch
  | 'superseded' // the label moved again, and another execution takes care
  | 'already-running' // another execution works on it
  | 'dry-run'

/** Asks the executor to recycle a service. Doing it again is harmless. */
export interface StartRequest {
  readonly action: 'start'
  readonly execution: string
  readonly change: string
  readonly labelChange: LabelChangeRef & { readonly movedAt: number }
  readonly target: Target
}

/** What became of that. */
export type StartAnswer =
  /** UpdateService was answered, now or before: check the deployment in so many seconds. */
  | {
      readonly state: 'started'
      readonly deployment: string
      readonly startedAt: number
      readonly seconds: number
    }
  /** Another deployment is under way, or another execution recycles the service: start again in so many seconds. */
  | { readonly state: 'busy'; readonly deployment?: string; readonly seconds: number; readonly why: string }
  /** Nothing was done, and nothing need be. */
  | { readonly state: 'left-alone'; readonly reason: LeftAloneReason; readonly text: string }
  | { readonly state: 'failed'; readonly reason: string }

/** Why the executor left a service alone. */
export type LeftAloneReason =
  | 'fresh'
  | 'opted-out'
  | 'gone'
  | 'stopped'
  | 'halted'
  | 'superseded'
  | 'no-tasks'
  | 'stuck' // a deployment of it takes longer than one may

/** Asks how a deployment stands. */
export interface CheckRequest {
  readonly action: 'check'
  readonly execution: string
  readonly change: string
  readonly labelChange: LabelChangeRef
  readonly target: Target
  readonly deployment: string
  readonly startedAt: number
}

/** How it stands. */
export type CheckAnswer =
  /** Check again in so many seconds. */
  | { readonly state: 'in-progress'; readonly seconds: number }
  | { readonly state: 'completed' }
  | { readonly state: 'left-alone'; readonly reason: LeftAloneReason; readonly text: string }
  | { readonly state: 'failed'; readonly reason: string }

/** What became of one service of a wave. */
export interface ServiceOutcome {
  readonly target: Target
  readonly outcome: 'recycled' | 'left-alone' | 'failed'
  readonly reason?: string
  /** How often it was waited for. */
  readonly polls: number
}

/** Asks the planner whether a wave is really well. */
export interface VerifyRequest {
  readonly action: 'verify'
  readonly execution: string
  readonly change: string
  readonly labelChange: LabelChangeRef & { readonly movedAt: number }
  readonly wave: { readonly number: number; readonly name: string }
  readonly outcomes: readonly ServiceOutcome[]
}

/** Whether the next wave may follow. */
export interface VerifyAnswer {
  readonly ok: boolean
  readonly failed: readonly { readonly name: string; readonly reason: string }[]
  /** Services recycled in this wave. */
  readonly recycled: number
}

/** Asks the planner to put the end on record, and to report it. */
export interface ReportRequest {
  readonly action: 'report'
  readonly execution: string
  readonly input: RecycleInput
  readonly change?: string
  readonly ending: Ending | 'error'
  /** For `error`: what was caught. */
  readonly error?: string
  readonly cause?: string
}

/** What became of a recycle; the detail of the event `Recycle Finished`. */
export interface RecycleReport {
  readonly secret: string
  readonly label: string
  readonly versionId: string | null
  readonly change: string | null
  readonly ending: Ending | 'error'
  readonly dryRun: boolean
  readonly counts: {
    readonly candidates: number
    readonly stale: number
    readonly recycled: number
    readonly skipped: number
    readonly failed: number
  }
  /** At most 100 of each; `counts` has them all. */
  readonly recycled: readonly string[]
  readonly skipped: readonly { readonly service: string; readonly reason: string }[]
  readonly failed: readonly { readonly service: string; readonly reason: string }[]
  /** The plan, rendered; of a dry run only. */
  readonly plan?: readonly string[]
  /** What a person should know: why it ended so, and what to do about it. */
  readonly message: string
}

/**
 * Asks who holds an old version now. Nothing is begun by it.
 *
 * @example
 * await planner.answer({ action: 'stale', secretId: 'prod/db' })
 */
export interface StaleRequest {
  readonly action: 'stale'
  /** ARN or name of a secret, ARN of a parameter, or `ssm:NAME`. @default everything that services read */
  readonly secretId?: string
  /** @default the standard one */
  readonly label?: string
}

/** Who holds an old version now. */
export interface StaleAnswer {
  /** Services that do, those counted that are left alone; one that does of two sources counts twice. */
  readonly stale: number
  /** What would be done about each label change by which a service is stale; of a source that was asked for always. */
  readonly plans: readonly Plan[]
  /** What could not be looked at, in a sentence each: of that nothing is said. */
  readonly problems: readonly string[]
  /** The plans and problems in lines for people. */
  readonly text: readonly string[]
}

/** What the planner is asked. */
export type PlannerRequest =
  | PlanRequest
  | VerifyRequest
  | ReportRequest
  | StaleRequest
  | { readonly action: 'reconcile' }

/** What the executor is asked. */
export type ExecutorRequest = StartRequest | CheckRequest

/**
 * Source and detail type of the event that tells how a recycle ended; its detail is a `RecycleReport`.
 *
 * @example
 * const eventPattern = { source: [recycleFinished.source], detailType: [recycleFinished.detailType] }
 */
export const recycleFinished = { source: 'breakwater', detailType: 'Recycle Finished' } as const

/**
 * Name of the error that the planner throws where an execution asks for a secret or parameter that is not there, or for
 * such a label.
 *
 * @example
 * const isMistake = (error as Error).name === unknownSourceError
 */
export const unknownSourceError = 'UnknownSourceError'
