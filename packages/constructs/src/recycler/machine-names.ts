import { ArnFormat, Names, Stack } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** What a state machine is called, and its ARNs, before it is made. */
export interface MachineNames {
  readonly name: string
  readonly arn: string
  /** ARN of all its executions. */
  readonly executions: string
}

/**
 * Names a state machine. The functions it calls start it, and it starts itself: references both ways would be a circle,
 * so all of them go by the name.
 *
 * @example
 * const { name, arn } = machineNames(this)
 */
export function machineNames(scope: IConstruct): MachineNames {
  const name = Names.uniqueResourceName(scope, { maxLength: 80, separator: '-' })
  const arn = (resource: string, resourceName: string) =>
    Stack.of(scope).formatArn({
      service: 'states',
      resource,
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
  return { name, arn: arn('stateMachine', name), executions: arn('execution', `${name}:*`) }
}
