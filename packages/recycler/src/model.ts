/** What a container reads: a secret of Secrets Manager, or a parameter of Parameter Store. */
export type SourceKind = 'secret' | 'parameter'

/** A secret or a parameter, as DescribeSecret and DescribeParameters tell of it; nothing of its value. */
export interface Source {
  readonly kind: SourceKind
  /** The whole ARN, that of a secret with its six-character suffix. */
  readonly arn: string
  /** Without the suffix; that of a parameter as it is, with its leading slash if it has one. */
  readonly name: string
  /** Version ids by label. A parameter has one label, LATEST, and its version is a number as text. */
  readonly labels: Readonly<Record<string, string>>
  /** When anything of it changed last, in epoch ms: the label moved no later. */
  readonly changedAt: number
}

/** The label that a reference means which names none. */
export const defaultLabel: Readonly<Record<SourceKind, string>> = {
  secret: 'AWSCURRENT',
  parameter: 'LATEST',
}

/** The last time that a label moved to another version, as far as the records tell. */
export interface LabelChange {
  /** ARN of the secret or parameter. */
  readonly source: string
  readonly kind: SourceKind
  readonly name: string
  readonly label: string
  /** The version that holds the label now. */
  readonly versionId: string
  /** The version labelled AWSPREVIOUS, which shows that a label went away and came back. */
  readonly previous?: string
  /** When it moved, in epoch ms. */
  readonly movedAt: number
  /** `upper`: `movedAt` is an upper bound, as no event says when it moved. */
  readonly bound: 'exact' | 'upper'
  /** Counts the changes of this label that were seen, from 1. Identifies the change, together with source and label. */
  readonly sequence: number
  /** When it was seen first, in epoch ms. */
  readonly seenAt: number
  /** When the label moved before, within a day: the oldest first, and not all of many. A change that keeps coming must not put a recycle off for ever. */
  readonly earlier?: readonly number[]
  /** When the source had changed last, and when it was looked up last, both in epoch ms. */
  readonly changedAt?: number
  readonly checkedAt?: number
  /** Spans before `movedAt`, in epoch ms, in which look-ups confirmed that the label was where it is now: what began then has the current version. */
  readonly confirmed?: readonly { readonly from: number; readonly until: number }[]
}

/** How a task definition names a secret or a parameter. */
export interface Reference {
  readonly kind: SourceKind
  /** Where in a task definition it stands. */
  readonly use: 'secret' | 'log-option' | 'registry' | 'volume' | 'credential-spec'
  /** Path in the task definition, such as `containerDefinitions[0].secrets[1].valueFrom`. */
  readonly where: string
  /** As it is written. */
  readonly written: string
  readonly partition: string
  readonly region: string
  readonly account: string
  /** What follows `secret:`, with the suffix if there is one, up to the next colon; or the parameter's name. */
  readonly name: string
  /** The stage (label) it asks for. @default the standard one */
  readonly label?: string
  /** The version that it names. */
  readonly versionId?: string
}

/** What one revision of a task definition reads. A revision never changes, so this can be kept for ever. */
export interface Revision {
  /** ARN of the task definition. */
  readonly arn: string
  readonly references: readonly Reference[]
  /** What is written where a reference should be and cannot be read as one. */
  readonly unreadable: readonly {
    readonly where: string
    readonly written: string
    readonly problem: string
  }[]
  /** Images whose tag can move: without a digest. */
  readonly mutableImages: readonly string[]
}

/** One deployment of a service. Times are epoch ms. */
export interface DeploymentFacts {
  readonly id: string
  readonly status: 'PRIMARY' | 'ACTIVE' | 'INACTIVE' | (string & {})
  readonly rolloutState?: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED' | (string & {})
  readonly reason?: string
  readonly taskDefinition: string
  readonly createdAt: number
  readonly desired: number
  readonly running: number
  readonly failed: number
}

/** One ECS service, as DescribeServices tells of it. */
export interface ServiceFacts {
  /** ARN of the cluster. */
  readonly cluster: string
  /** ARN of the service, which identifies it. */
  readonly service: string
  /** `cluster/service`, for people. */
  readonly name: string
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE' | (string & {})
  readonly scheduling: 'REPLICA' | 'DAEMON' | (string & {})
  readonly controller: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL' | (string & {})
  /** ROLLING, BLUE_GREEN, LINEAR or CANARY. */
  readonly strategy: string
  /** ARN of the live task definition: that of the primary deployment, or of the primary task set. */
  readonly taskDefinition: string | undefined
  readonly desired: number
  readonly running: number
  /** When each of its running tasks was created, epoch ms: what one reads, it read later. Absent where that was not looked at. */
  readonly tasksBegan?: readonly number[]
  /** Percent. */
  readonly minimumHealthy: number
  readonly maximum: number
  readonly circuitBreaker: boolean
  readonly rollback: boolean
  readonly alarms: boolean
  readonly tags: Readonly<Record<string, string>>
  readonly deployments: readonly DeploymentFacts[]
}

/** Something that runs tasks and is no service: it is reported, and not recycled. */
export interface OtherTasks {
  readonly kind: 'standalone-task' | 'managed-daemon'
  readonly cluster: string
  /** ARN or family of what runs. */
  readonly name: string
  readonly taskDefinition: string | undefined
  readonly count: number
}

/** What was found in the clusters. */
export interface Discovery {
  readonly services: readonly ServiceFacts[]
  readonly others: readonly OtherTasks[]
  /** By the ARN of the task definition. */
  readonly revisions: ReadonlyMap<string, Revision>
  /** What could not be looked at, in a sentence each; nothing is left out silently. */
  readonly problems: readonly string[]
  /** How many calls were made, by API action. */
  readonly calls: Readonly<Record<string, number>>
}

/** The label change that a recycle was for. */
export interface LabelChangeRef {
  readonly source: string
  readonly label: string
  readonly versionId: string
  readonly sequence: number
}

/** What is on record of a service. */
export interface ServiceRecord {
  /** ARN of the service. */
  readonly service: string
  /** An UpdateService that is about to be sent, or was sent and its answer is not known. */
  readonly intent?: {
    /** Name of the execution. */
    readonly execution: string
    /** Epoch ms. */
    readonly at: number
    /** No other execution may begin before, epoch ms. */
    readonly until: number
    /** The primary deployment before it. */
    readonly primary: string
    readonly labelChange: LabelChangeRef
  }
  /** The last recycle. */
  readonly last?: {
    /** Name of the execution. */
    readonly execution: string
    /** When its deployment began, epoch ms. */
    readonly at: number
    readonly deployment: string
    readonly labelChange: LabelChangeRef
    readonly outcome: 'started' | 'completed' | 'failed'
    readonly reason?: string
  }
}

/** How the recycles of one change went, all attempts together. One is on record for each label change. */
export interface RunRecord {
  /** Identifies the change: see `changeIdOf`. */
  readonly change: string
  readonly labelChange: LabelChangeRef
  /** Counts the executions that took it up, from 1. */
  readonly attempt: number
  /** Name of the execution that works on the change. */
  readonly execution: string
  /** `failed`: a deployment failed, and nothing more happens before a person starts it again or the label moves. */
  readonly status: 'running' | 'handed-over' | 'finished' | 'failed' | 'stopped' | 'superseded'
  readonly startedAt: number
  /** The canary came through, so that all waves may follow. */
  readonly canaryDone: boolean
  /** Why it failed or was stopped. */
  readonly reason?: string
}
