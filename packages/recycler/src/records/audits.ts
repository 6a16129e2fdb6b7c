import { readable } from '@breakwater/dynamodb/connection'
import { type AuditEntry, auditCodec } from './codecs.ts'
import { keys, retentionMs } from './keys.ts'
import type { RecyclerStore, Unreadable } from './store.ts'

/** Writes a decision down, for a year; the first of those with the same time and id stays. */
export async function writeAudit(
  store: RecyclerStore,
  source: string,
  entry: AuditEntry,
  id: string = crypto.randomUUID(),
): Promise<void> {
  await store.write(keys.audit(source, entry.at, id), auditCodec.encode(entry), {
    revision: 0,
    expiresAt: entry.at + retentionMs.record,
  })
}

/** The latest decisions about a source, newest first. */
export async function readAudits(
  store: RecyclerStore,
  source: string,
  limit: number,
  unreadable?: Unreadable,
): Promise<readonly AuditEntry[]> {
  const entries = await store.list(keys.audits(source), { limit, newestFirst: true, unreadable })
  return entries.flatMap(entry => readable(() => auditCodec.decode(entry), unreadable))
}
