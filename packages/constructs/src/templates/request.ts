import { escaped, setText } from './text.ts'

/**
 * The request that starts an execution with the body as its input, text for text.
 *
 * @param stateMachineArn ARN, or a token.
 * @param name JSONPath into the body of what names the execution, such as `$.orderId`; absent for a random name.
 * @example
 * startRequest(machine.stateMachineArn, '$.orderId')
 */
export function startRequest(stateMachineArn: string, name?: string): string {
  if (name === undefined) return `${begin(stateMachineArn)}}\n`
  return `${setText('name', name)}\n${begin(stateMachineArn)}, "name": "${escaped('$name')}"}\n`
}

function begin(stateMachineArn: string): string {
  return `{"stateMachineArn": "${stateMachineArn}", "input": "${escaped('$input.body')}"`
}

/**
 * The request for what became of an execution. The caller names it, or gives its ARN; either way the ARN is made anew
 * for this state machine, so that no other can be asked for.
 *
 * @param executionArnPrefix `arn:aws:states:REGION:ACCOUNT:execution:NAME:`, which may hold tokens.
 * @param parameter name of the path parameter.
 * @example
 * describeRequest(prefix, 'execution')
 */
export function describeRequest(executionArnPrefix: string, parameter: string): string {
  return `#set($id = "$!input.params('${parameter}')")
#set($name = $id.replaceAll('^.*(:|%3A|%3a)', ''))
{"executionArn": "${executionArnPrefix}${escaped('$name')}"}
`
}
