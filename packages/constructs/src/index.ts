/**
 * CDK constructs for Breakwater: the circuit table, what functions need to use it, guarded tasks and workflows, and an
 * API that starts them.
 *
 * @module
 */
export { acknowledge, wildcardFinding } from './acknowledge.ts'
export {
  CircuitBreakers,
  type CircuitBreakersProps,
  type CircuitVariableOptions,
  circuitVariables,
} from './circuit-breakers.ts'
export { CircuitTable, type CircuitTableProps } from './circuit-table.ts'
export type { ICircuitTable } from './circuit-table-base.ts'
export { addGatewayResponses } from './gateway-responses.ts'
export { GuardedTask, type GuardedTaskCatch, type GuardedTaskProps } from './guarded-task.ts'
export { GuardedWorkflow, type GuardedWorkflowProps } from './guarded-workflow.ts'
export type { CircuitTableAttributes } from './imported-table.ts'
export { type StageOptions, stagedRestApi } from './rest-api.ts'
export {
  type StartedWorkflowRoute,
  WorkflowApi,
  type WorkflowApiProps,
  type WorkflowRoute,
} from './workflow-api.ts'
