/**
 * The demonstration behind `npm start`, for the tests that run parts of it.
 *
 * @module
 */

export { CallCounter, outcomeOf } from './call-counts.ts'
export { type DemoStack, startDemoStack } from './demo-stack.ts'
export { FleetWatch } from './fleet-watch.ts'
export { Narrator } from './narrator.ts'
export { exampleOrder, fulfilOrder, guardedCharge } from './orders.ts'
export { playOutage } from './outage.ts'
export { playRotation } from './rotation.ts'
export { circuitName, functionVariables, recoveryMs, recyclerVariables } from './settings.ts'
export type { Summary } from './summary.ts'
export { synthesise } from './synthesis.ts'
