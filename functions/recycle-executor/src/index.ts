/**
 * The function recycle-executor: see README.md.
 *
 * @module
 */
export { handler } from './handler.ts'
