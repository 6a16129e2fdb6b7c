import { type Checks, oneOf, trueOrFalse } from '@breakwater/circuit/shared'
import { Names, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { aRemovalPolicy, aRetention, aText } from './checks.ts'

/** Type, name and logs of a state machine. */
export interface LoggedMachineOptions {
  /** EXPRESS for a synchronous call of at most 5 minutes. @default StateMachineType.STANDARD */
  readonly type?: StateMachineType
  /** Name of the state machine. @default a generated name */
  readonly stateMachineName?: string
  /** Which events of an execution are logged. @default LogLevel.ALL */
  readonly logLevel?: LogLevel
  /** Whether logs hold the input and output of states, which may be personal data. @default false */
  readonly logData?: boolean
  /** How long logs are kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays
  /** What happens to the logs when they leave the stack. @default RemovalPolicy.DESTROY */
  readonly removalPolicy?: RemovalPolicy
}

/** The checks of {@link LoggedMachineOptions}. */
export const loggedMachineChecks: Checks<LoggedMachineOptions> = {
  type: oneOf(...Object.values(StateMachineType)),
  stateMachineName: aText,
  logLevel: oneOf(...Object.values(LogLevel)),
  logData: trueOrFalse,
  logRetention: aRetention,
  removalPolicy: aRemovalPolicy,
}

/**
 * A state machine with logs and traces, made of a definition that is an object and may hold tokens.
 *
 * @example
 * const machine = loggedMachine(this, 'StateMachine', definition, { logLevel: LogLevel.ERROR })
 */
export function loggedMachine(
  scope: Construct,
  id: string,
  definition: object,
  options: LoggedMachineOptions,
): StateMachine {
  const { stateMachineName, type = StateMachineType.STANDARD } = options
  const destination = new LogGroup(scope, 'Logs', {
    // Groups named so share one resource policy, which has room for few.
    logGroupName: `/aws/vendedlogs/states/${Names.uniqueResourceName(scope, { maxLength: 100, separator: '-' })}`,
    retention: options.logRetention ?? RetentionDays.ONE_MONTH,
    removalPolicy: options.removalPolicy ?? RemovalPolicy.DESTROY,
  })
  const machine = new StateMachine(scope, id, {
    definitionBody: DefinitionBody.fromString(Stack.of(scope).toJsonString(definition)),
    stateMachineType: type,
    tracingEnabled: true,
    logs: {
      destination,
      level: options.logLevel ?? LogLevel.ALL,
      includeExecutionData: options.logData ?? false,
    },
    ...(stateMachineName !== undefined && { stateMachineName }),
  })
  acknowledge(machine, {
    'AwsSolutions-IAM5[Resource::*]':
      'X-Ray and the delivery of logs know no narrower resource than all; what tables and functions it may use is named',
  })
  return machine
}
