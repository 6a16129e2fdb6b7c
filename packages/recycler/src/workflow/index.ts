/**
 * The workflow `recycle-services`: its definition, and what it and its functions say to each other.
 *
 * @module
 */
export type { LabelChangeRef } from '../model.ts'
export { type RecycleServicesOptions, recycleServices } from './definition.ts'
export { recycleFailedError } from './ending.ts'
export type * from './protocol.ts'
export { recycleFinished } from './protocol.ts'
