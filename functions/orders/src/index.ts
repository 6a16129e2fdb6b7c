/**
 * The orders function: takes orders and charges them through a circuit.
 *
 * @module
 */
export { handler } from './handler.ts'
