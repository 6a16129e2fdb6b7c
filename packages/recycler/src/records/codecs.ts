import type { LabelChange, LabelChangeRef, RunRecord, ServiceRecord } from '../model.ts'
import type { RecycleReport } from '../workflow/protocol.ts'
import { codec, count, flag, listOf, number, oneOf, optional, shape, text, words } from './codec.ts'

/** A record together with the revision by which it is replaced: 0 where there is none. */
export interface Versioned<T> {
  readonly value: T | undefined
  readonly revision: number
}

/** One decision. Nothing of a secret but its ARN, label and version id may stand in it. */
export interface AuditEntry {
  /** Epoch ms. */
  readonly at: number
  /** What was decided or done. */
  readonly act:
    | 'recorded' // a label change was put on record
    | 'planned'
    | 'skipped'
    | 'wave-begun'
    | 'started'
    | 'left-alone' // by the executor, at the last moment
    | 'completed'
    | 'failed'
    | 'verified'
    | 'stopped' // by the kill switch
    | 'released'
    | 'superseded'
    | 'reported'
    | 'attention' // an event that a person should look at
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
  readonly labelChange: Versioned<LabelChange>
  readonly service: Versioned<ServiceRecord>
}

/** What one execution has done so far; its report is made of it. */
export interface ExecutionRecord {
  readonly change: string
  readonly secret: string
  readonly label: string
  readonly versionId: string
  readonly counts: RecycleReport['counts']
  /** At most {@link maxNamed} of each. */
  readonly recycled: readonly string[]
  readonly skipped: RecycleReport['skipped']
  readonly failed: RecycleReport['failed']
  /** The plan of a dry run, rendered. */
  readonly plan?: readonly string[]
  /** ARNs of the services of the last wave, and how often it was given out in a row. */
  readonly wave?: { readonly services: string; readonly times: number }
}

/** How many services a record and a report name; `counts` has them all. */
export const maxNamed = 100

const served = shape<LabelChangeRef>({ source: text, label: text, versionId: text, sequence: count })

export const labelChangeCodec = codec<LabelChange>('label change', {
  source: text,
  kind: oneOf('secret', 'parameter'),
  name: text,
  label: text,
  versionId: text,
  previous: optional(text),
  movedAt: number,
  bound: oneOf('exact', 'upper'),
  sequence: count,
  seenAt: number,
  earlier: optional(listOf(number)),
  changedAt: optional(number),
  checkedAt: optional(number),
  confirmed: optional(
    listOf(shape<NonNullable<LabelChange['confirmed']>[number]>({ from: number, until: number })),
  ),
})

export const serviceCodec = codec<ServiceRecord>('service record', {
  service: text,
  intent: optional(
    shape<NonNullable<ServiceRecord['intent']>>({
      execution: text,
      at: number,
      until: number,
      primary: text,
      labelChange: served,
    }),
  ),
  last: optional(
    shape<NonNullable<ServiceRecord['last']>>({
      execution: text,
      at: number,
      deployment: text,
      labelChange: served,
      outcome: oneOf('started', 'completed', 'failed'),
      reason: optional(words),
    }),
  ),
})

export const runCodec = codec<RunRecord>('run record', {
  change: text,
  labelChange: served,
  attempt: count,
  execution: text,
  status: oneOf('running', 'handed-over', 'finished', 'failed', 'stopped', 'superseded'),
  startedAt: number,
  canaryDone: flag,
  reason: optional(words),
})

const acts: Record<AuditEntry['act'], true> = {
  recorded: true,
  planned: true,
  skipped: true,
  'wave-begun': true,
  started: true,
  'left-alone': true,
  completed: true,
  failed: true,
  verified: true,
  stopped: true,
  released: true,
  superseded: true,
  reported: true,
  attention: true,
}

export const auditCodec = codec<AuditEntry>('audit', {
  at: number,
  act: oneOf(...Object.keys(acts)),
  change: optional(text),
  execution: optional(text),
  label: optional(text),
  versionId: optional(text),
  sequence: optional(count),
  service: optional(text),
  deployment: optional(text),
  wave: optional(number),
  reason: optional(words),
  text: optional(words),
  by: optional(text),
})

/** The control entry: a stop, or what ended it. */
export type ControlRecord = Stop & { readonly mode: 'STOPPED' | 'RELEASED' }

export const controlCodec = codec<ControlRecord>('control', {
  mode: oneOf('STOPPED', 'RELEASED'),
  by: text,
  reason: text,
  at: number,
  until: optional(number),
})

const reasons = shape<RecycleReport['skipped'][number]>({ service: text, reason: text })

export const executionCodec = codec<ExecutionRecord>('execution', {
  change: text,
  secret: text,
  label: text,
  versionId: text,
  counts: shape<ExecutionRecord['counts']>({
    candidates: number,
    stale: number,
    recycled: number,
    skipped: number,
    failed: number,
  }),
  recycled: listOf(text),
  skipped: listOf(reasons),
  failed: listOf(reasons),
  plan: optional(listOf(text)),
  wave: optional(shape<NonNullable<ExecutionRecord['wave']>>({ services: text, times: number })),
})
