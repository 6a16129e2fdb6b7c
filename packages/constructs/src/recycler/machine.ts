import { recycleServices } from '@breakwater/recycler/workflow'
import { Stack } from 'aws-cdk-lib'
import type { IEventBus } from 'aws-cdk-lib/aws-events'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { loggedMachine } from '../logged-machine.ts'
import type { MachineNames } from './machine-names.ts'
import type { RecyclerSettings } from './settings.ts'

/** What the state machine is made of. */
export interface MachineContext {
  readonly settings: RecyclerSettings
  readonly names: MachineNames
  readonly planner: IFunction
  readonly executor: IFunction
  readonly bus: IEventBus
}

/**
 * Makes the workflow, which may call its two functions, put events on the bus, and start itself anew when its history
 * grows long.
 */
export function recyclerMachine(scope: Construct, context: MachineContext): StateMachine {
  const { settings, names, planner, executor, bus } = context
  const definition = recycleServices({
    planner: planner.functionArn,
    executor: executor.functionArn,
    bus: bus.eventBusName,
    concurrency: settings.concurrency,
    partition: Stack.of(scope).partition,
  })
  const machine = loggedMachine(scope, 'StateMachine', definition, {
    stateMachineName: names.name,
    removalPolicy: settings.removalPolicy,
  })
  planner.grantInvokeLatestVersion(machine)
  executor.grantInvokeLatestVersion(machine)
  bus.grantPutEventsTo(machine)
  // By its name: the machine waits for this policy.
  machine.addToRolePolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [names.arn] }))
  return machine
}
