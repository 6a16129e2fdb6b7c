export { invalid } from '../validate.ts'
export { MemoryStore } from './memory-store.ts'
export { noReport } from './report.ts'
export { SharedStore } from './shared-store.ts'
