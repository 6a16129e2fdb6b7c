/**
 * The function recycle-planner: see README.md.
 *
 * @module
 */
export { handler } from './handler.ts'
