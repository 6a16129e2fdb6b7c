import { createStateMachine } from '@breakwater/asl'
import type { Clock } from '@breakwater/circuit'
import { invalid } from '@breakwater/circuit/shared'
import { textOf } from '../resolve/intrinsics.ts'
import type { TaskDependencies } from '../tasks/task.ts'
import { checkTasks, taskIntegration } from '../tasks/tasks.ts'
import type { ResolvedResource } from '../types.ts'
import { definitionOf } from './definition.ts'
import type { LocalMachine } from './executions.ts'

/** The time in which state machines run, and the services that their tasks use. */
export interface MachineOptions {
  /** Paths of definitions by object key. */
  readonly assets: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly random: () => number
  readonly dependencies: TaskDependencies
}

/**
 * Makes a state machine of an AWS::StepFunctions::StateMachine.
 *
 * @throws TypeError naming the resource, and within its definition the state and what is wrong or not supported.
 */
export function createMachine(resource: ResolvedResource, given: MachineOptions): LocalMachine {
  const { where, name, arn = '', properties } = resource
  const { StateMachineType = 'STANDARD', RoleArn } = properties
  if (StateMachineType !== 'STANDARD' && StateMachineType !== 'EXPRESS') {
    throw invalid(`${where}.Properties.StateMachineType`, StateMachineType, 'STANDARD or EXPRESS')
  }
  const { assets, clock, random, dependencies } = given
  const definition = definitionOf(resource, assets)
  const roleArn = RoleArn === undefined ? {} : { roleArn: textOf(`${where}.Properties.RoleArn`, RoleArn) }
  const integrations = taskIntegration(dependencies)
  try {
    const options = { integrations, clock, random, type: StateMachineType, name, arn, ...roleArn } as const
    const machine = createStateMachine(definition, options)
    checkTasks(JSON.parse(definition))
    return {
      arn: machine.arn,
      name: machine.name,
      type: machine.type,
      definition,
      createdAt: clock.now(),
      start: options => machine.start(options),
      sendTaskSuccess: (token, output) => machine.sendTaskSuccess(token, output),
      sendTaskFailure: (token, error, cause) => machine.sendTaskFailure(token, error, cause),
      sendTaskHeartbeat: token => machine.sendTaskHeartbeat(token),
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new TypeError(`${where}: ${why}`, { cause: error })
  }
}
