export { handler } from '@breakwater/circuit-gate'
