import type { Move, RunRecord, ServiceRecord } from '../model.ts'

/** A record together with the revision by which it is replaced: 0 where there is none. */
export interface Versioned<T> {
  readonly value: T | undefined
  readonly revision: number
}

/** What was decided. */
export type AuditAct =
  | 'noted' // a move was put on record
  | 'planned'
  | 'skipped'
  | 'wave-begun'
  | 'started'
  | 'left' // by the executor, at the last moment
  | 'completed'
  | 'failed'
  | 'verified'
  | 'stopped' // by the kill switch
  | 'released'
  | 'superseded'
  | 'reported'
  | 'attention' // an event that a person should look at

/** One decision. Nothing of a secret but its ARN, label and version id may stand in it. */
export interface AuditEntry {
  /** Epoch ms. */
  readonly at: number
  readonly act: AuditAct
  readonly change?: string
  readonly execution?: string
  readonly label?: string
  readonly versionId?: string
  readonly sequence?: number
  /** ARN of the service. */
  readonly service?: string
  readonly deployment?: string
  /** Number of the wave. */
  readonly wave?: number
  /** In a word, such as a SkipReason. */
  readonly reason?: string
  /** In a sentence, for people. */
  readonly text?: string
  /** Who did it, where it was a person. */
  readonly by?: string
}

/** A stop of all recycles that is in force. */
export interface Stop {
  readonly by: string
  readonly reason: string
  /** Epoch ms. */
  readonly at: number
  /** When it ends by itself, epoch ms. @default never */
  readonly until?: number
}

/** All that the executor must know before it touches a service, read at once. */
export interface Situation {
  readonly stop: Stop | undefined
  readonly run: Versioned<RunRecord>
  readonly move: Versioned<Move>
  readonly service: Versioned<ServiceRecord>
}
