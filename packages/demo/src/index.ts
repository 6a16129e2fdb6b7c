/**
 * The demonstration behind `npm start`, for the tests that run parts of it.
 *
 * @module
 */

export { CallCounter } from './call-counts.ts'
export { type DemoStack, startDemoStack } from './demo-stack.ts'
export { Narrator } from './narrator.ts'
export { exampleOrder, fulfilOrder, guardedCharge, workflowHeaders } from './orders.ts'
export { playRotation } from './rotation.ts'
export { recyclerVariables } from './settings.ts'
export type { Summary } from './summary.ts'
