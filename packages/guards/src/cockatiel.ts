/**
 * Circuits among the policies of cockatiel, and its policies around the calls of a circuit.
 *
 * @module
 */
export {
  type AsPolicyOptions,
  asPolicy,
  type CockatielPolicy,
  fromPolicy,
  type PolicyContext,
} from './policy.ts'
export { classifyPolicy, isWorthRetrying } from './policy-errors.ts'
