/**
 * The demonstration behind `npm start`, for the tests that run parts of it.
 *
 * @module
 */
export { type DemoStack, startDemoStack } from './demo-stack.ts'
export { Narrator } from './narrator.ts'
export { playRotation, recyclerVariables } from './rotation.ts'
export type { Summary } from './summary.ts'
export { Tally } from './call-counts.ts'
export { guardedCharge, headersOf } from './orders.ts'
