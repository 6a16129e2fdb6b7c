/**
 * The demonstration behind `npm start`, for the tests that run parts of it.
 *
 * @module
 */

export { Tally } from './call-counts.ts'
export { type DemoStack, startDemoStack } from './demo-stack.ts'
export { Narrator } from './narrator.ts'
export { guardedCharge, headersOf } from './orders.ts'
export { playRotation } from './rotation.ts'
export { recyclerVariables } from './settings.ts'
export type { Summary } from './summary.ts'
