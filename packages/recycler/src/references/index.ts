/**
 * Which secrets and parameters a task definition names, and whether one of them is meant.
 *
 * @module
 */
export { type Arn, type Home, isAccount, parseArn } from './arn.ts'
export { type Match, matcherOf, matchReference } from './match.ts'
export { parseReference, type ReferencePlace } from './parse.ts'
export { revisionOf } from './revision.ts'
