/**
 * Step Functions building blocks: tasks guarded by the circuits of a fleet, a workflow that is ready to use, and checks of
 * definitions.
 *
 * @module
 */
export type {
  Assign,
  Catcher,
  ChoiceRule,
  ChoiceState,
  CommonFields,
  ErrorFields,
  FailState,
  Json,
  MapState,
  NextOrEnd,
  ParallelState,
  PassState,
  ResultFields,
  Retrier,
  State,
  StateMachineDefinition,
  States,
  SucceedState,
  TaskState,
  TaskWork,
  WaitState,
} from './definition.ts'
export { type GuardedCallOptions, guardedCall } from './guarded-call/guarded-call.ts'
export type { JsonType, PayloadSchema } from './guarded-call/payload-schema.ts'
export type {
  CallTarget,
  CommonTarget,
  EndpointTarget,
  FunctionTarget,
  HttpMethod,
} from './guarded-call/targets.ts'
export { guardedTask } from './guarded-task.ts'
export { checkDefinition, type LintException, type LintOptions, type LintRule, type Problem } from './lint.ts'
export {
  badInputError,
  circuitOpenError,
  type GuardedStateNames,
  guardedStateNames,
  guardVariable,
} from './names.ts'
export type { GuardedTask, GuardedTaskOptions } from './options.ts'
export { httpRetry, lambdaRetry } from './retry.ts'
