/**
 * The workflow "guarded call": any Lambda function or HTTP endpoint, named in the input, through any circuit. Its
 * definition is in packages/workflows, and `GuardedCallWorkflow` of packages/constructs deploys it.
 *
 * @module
 */
export { type GuardedCallOptions, guardedCall } from '@breakwater/workflows'
