export { MemoryRecyclerStore } from './memory.ts'
export type { AuditAct, AuditEntry, Situation, Stop, Versioned } from './record-types.ts'
export { Records, type RecordsOptions } from './records.ts'
export type { Entry, Key, RecyclerStore, WriteOptions } from './types.ts'
