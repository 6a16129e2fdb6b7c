/**
 * The tasks of the sample order workflow: stock, payment, shipping, and their compensations.
 *
 * @module
 */
export type { StepErrorName } from './errors.ts'
export { handler } from './handler.ts'
export type { Item, Order, Step, StepRequest } from './request.ts'
export type { StepResult } from './steps.ts'
