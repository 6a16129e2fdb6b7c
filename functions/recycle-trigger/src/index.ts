/**
 * The function recycle-trigger: see README.md.
 *
 * @module
 */
export { handler } from './handler.ts'
