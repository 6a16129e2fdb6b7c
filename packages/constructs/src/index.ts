/**
 * CDK constructs for Breakwater: the circuit table, what functions need to use it, guarded tasks and workflows, an API
 * that starts them, and the recycling of services whose secret rotated.
 *
 * @module
 */
export { acknowledge, wildcardFinding } from './acknowledge.ts'
export { addGatewayResponses, type StageOptions, stagedRestApi } from './api/rest-api.ts'
export {
  type StartedWorkflowRoute,
  WorkflowApi,
  type WorkflowApiProps,
  type WorkflowRoute,
} from './api/workflow-api.ts'
export {
  CircuitBreakers,
  type CircuitBreakersProps,
  type CircuitVariableOptions,
} from './circuit-breakers.ts'
export { CircuitGate, type CircuitGateProps } from './circuit-gate.ts'
export type { ICircuitTable } from './circuit-grants.ts'
export { CircuitTable, type CircuitTableAttributes, type CircuitTableProps } from './circuit-table.ts'
export type { ICircuitGate } from './gates.ts'
export {
  type EndpointTargetProps,
  type FunctionTargetProps,
  GuardedCallWorkflow,
  type GuardedCallWorkflowProps,
} from './guarded-call-workflow.ts'
export { GuardedTask, type GuardedTaskCatch, type GuardedTaskProps } from './guarded-task.ts'
export { GuardedWorkflow, type GuardedWorkflowProps } from './guarded-workflow.ts'
export type { LoggedMachineOptions } from './logged-machine.ts'
export { type NodeFunctionProps, nodeFunction } from './node-function.ts'
export type { RecyclerAlarms } from './recycler/alarms.ts'
export type { RecyclerWaves, SecretRotationRecyclerProps } from './recycler/props.ts'
export { SecretRotationRecycler } from './recycler/secret-rotation-recycler.ts'
