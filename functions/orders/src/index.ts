/**
 * The orders function: takes orders, charges them through a circuit, and answers whatever becomes of that.
 *
 * @module
 */
export { handler } from './handler.ts'
