/**
 * The function recycle-watcher: see README.md.
 *
 * @module
 */
export { handler } from './handler.ts'
