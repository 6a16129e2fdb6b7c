import type { ECSClient } from '@aws-sdk/client-ecs'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { SSMClient } from '@aws-sdk/client-ssm'
import type { Clock } from '@breakwater/circuit'
import type { RecyclerOptions } from '../config.ts'
import type { RevisionCache } from '../discover/revision-cache.ts'
import type { Records } from '../records/records.ts'
import type { Executions } from './executions.ts'

/** The clients, records and options of a {@link Planner}. */
export interface PlannerDependencies {
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
  /** Called with figures, for metrics. @default none */
  readonly observe?: (figures: Figures) => void
}

/** The figures that the metrics of a recycler are made of. */
export interface Figures {
  /** Services that hold an old version and can be recycled, in all that was looked at. */
  readonly staleServices?: number
  /** For how long the stalest of them is stale, in ms; 0 where there is none. */
  readonly oldestStaleMs?: number
  /** Services that hold an old version and are left alone: not opted in, CODE_DEPLOY and so on. */
  readonly leftAlone?: number
  /** Secrets and parameters that services read and of which nothing could be seen. */
  readonly unseen?: number
  readonly recycled?: number
  readonly failed?: number
  /** How the execution ended. */
  readonly ending?: string
}
