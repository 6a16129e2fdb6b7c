/**
 * The workflow "guarded call": a Lambda function or an HTTPS endpoint, by the name of a target in the input, through its
 * circuit. Its definition is in packages/workflows, and `GuardedCallWorkflow` of packages/constructs deploys it.
 *
 * @module
 */
export { type GuardedCallOptions, guardedCall } from '@breakwater/workflows'
