import type { ECSClient } from '@aws-sdk/client-ecs'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { SSMClient } from '@aws-sdk/client-ssm'
import type { Clock } from '@breakwater/circuit'
import type { RecyclerOptions } from '../config.ts'
import type { RevisionCache } from '../discover/revision-cache.ts'
import type { Records } from '../records/records.ts'
import type { Executions } from './executions.ts'

/** What a planner is made of. */
export interface PlannerParts {
  readonly ecs: Pick<ECSClient, 'send'>
  readonly secrets: Pick<SecretsManagerClient, 'send'>
  readonly ssm: Pick<SSMClient, 'send'>
  readonly records: Records
  /** What revisions of task definitions read, which never changes. */
  readonly cache: RevisionCache
  readonly executions: Executions
  /** Names or ARNs of clusters. @default all */
  readonly clusters?: readonly string[]
  readonly options?: RecyclerOptions
  /** @default the machine's own time */
  readonly clock?: Clock
  /** Spreads repetitions; returns 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number
  /** Told of figures, for metrics. @default nobody is */
  readonly observe?: (figures: Figures) => void
}

/** What the metrics of a recycler are made of. */
export interface Figures {
  /** Services that hold an old version and can be recycled, in all that was looked at. */
  readonly staleServices?: number
  /** How long ago the first change was that one of them has not heard of, in ms; 0 where there is none. */
  readonly oldestStaleMs?: number
  /** Services that hold an old version and are left alone: not opted in, CODE_DEPLOY and so on. */
  readonly leftAlone?: number
  readonly recycled?: number
  readonly failed?: number
  /** How the execution ended. */
  readonly ending?: string
}
