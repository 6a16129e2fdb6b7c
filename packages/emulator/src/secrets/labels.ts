import type { EventEntry } from '../aws/event.ts'
import { holderOf } from './secret-store.ts'
import { current, pending, previous, type Secret, type Version } from './types.ts'

/** Told of a label that moved. */
export type Emit = (event: EventEntry) => void

/**
 * Moves a label to a version. AWSPREVIOUS follows where AWSCURRENT was. The event names a label that moved, but for
 * AWSPENDING and AWSPREVIOUS, which the service does not report.
 */
export function moveLabel(secret: Secret, label: string, to: Version, now: number, emit: Emit): void {
  const from = holderOf(secret, label)
  if (from === to) return
  from?.labels.delete(label)
  to.labels.add(label)
  secret.changedAt = now
  if (label === current && from) {
    holderOf(secret, previous)?.labels.delete(previous)
    from.labels.add(previous)
  }
  if (label === pending || label === previous) return
  emit({
    source: 'aws.secretsmanager',
    detailType: 'Secret Label Updated',
    resources: [secret.arn],
    at: now,
    detail: { name: secret.name, labelUpdated: label, versionId: to.id },
  })
}
