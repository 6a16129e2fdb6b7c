import { ArnFormat, Stack } from 'aws-cdk-lib'
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions'

/** Id of the model of what is posted to a path. */
export function modelId(path: string): string {
  const words = path.replace(/(^|[^a-zA-Z0-9]+)([a-zA-Z0-9])/g, (_, __, letter: string) =>
    letter.toUpperCase(),
  )
  return `${words}Input`
}

/** The ARN of an execution of a workflow, or of all of them by `*`, or what comes before the name by the empty name. */
export function executionsOf(workflow: IStateMachine, name: string): string {
  const stack = Stack.of(workflow)
  const { resourceName } = stack.splitArn(workflow.stateMachineArn, ArnFormat.COLON_RESOURCE_NAME)
  return stack.formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${resourceName}:${name}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
}
