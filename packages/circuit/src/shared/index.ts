export { minAdmittedShare } from '../admission.ts'
export { waitAtMost } from '../bounded.ts'
export { isHealthy, outcomeOf, retryAfterOf } from '../classify.ts'
export { pause } from '../clock.ts'
export { noReport } from '../counts.ts'
export { type DeadlineStorage, deadlineOf, deadlines, type TimedContext } from '../deadline.ts'
export { discard } from '../discard.ts'
export { misconfiguration } from '../misconfiguration.ts'
export { maxLeaseMs } from '../policy.ts'
export {
  booleanOf,
  checkNumber,
  checkText,
  escapeControls,
  invalid,
  unknownOption,
} from '../validate.ts'
export { CallWindow } from '../window.ts'
export {
  aFunction,
  anObject,
  type Check,
  type Checks,
  checkOptions,
  checkValue,
  circuitName,
  count,
  epochMs,
  listOf,
  milliseconds,
  numberBetween,
  objectWith,
  oneOf,
  required,
  share,
  text,
  textLike,
  trueOrFalse,
  wholeNumber,
} from './check-options.ts'
export { MemoryStore } from './memory-store.ts'
export { nextRevision } from './revision.ts'
export { SharedStore } from './shared-store.ts'
export { maxSuspicionMs } from './suspect.ts'
