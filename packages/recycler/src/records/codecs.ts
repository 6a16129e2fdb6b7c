import type { Move, RunRecord, ServedMove, ServiceRecord, Span } from '../model.ts'
import { codec, count, flag, listOf, number, oneOf, optional, shape, text, words } from './codec.ts'
import type { AuditAct, AuditEntry, Stop } from './record-types.ts'

const served = shape<ServedMove>({ source: text, label: text, versionId: text, sequence: count })

export const moveCodec = codec<Move>('move', {
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
  sure: optional(listOf(shape<Span>({ from: number, until: number }))),
})

export const serviceCodec = codec<ServiceRecord>('service record', {
  service: text,
  intent: optional(
    shape<NonNullable<ServiceRecord['intent']>>({
      run: text,
      at: number,
      until: number,
      primary: text,
      move: served,
    }),
  ),
  last: optional(
    shape<NonNullable<ServiceRecord['last']>>({
      run: text,
      at: number,
      deployment: text,
      move: served,
      outcome: oneOf('started', 'completed', 'failed'),
      reason: optional(words),
    }),
  ),
})

export const runCodec = codec<RunRecord>('run record', {
  change: text,
  move: served,
  attempt: count,
  execution: text,
  status: oneOf('running', 'handed-over', 'finished', 'failed', 'stopped', 'superseded'),
  startedAt: number,
  canaryDone: flag,
  reason: optional(words),
})

const acts: Record<AuditAct, true> = {
  noted: true,
  planned: true,
  skipped: true,
  'wave-begun': true,
  started: true,
  left: true,
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
