import { badInputError, circuitOpenError } from '@breakwater/workflows'

/**
 * Parts that several mapping templates share. They are Velocity (VTL), as API Gateway's REST APIs run it, and keep to
 * what is documented: of Java's own methods only `replaceAll` and `contains` of String, and `get` of List.
 *
 * @module
 */

/**
 * An expression for the inside of a JSON string. The result of `escapeJavaScript` is valid JSON except for `\'`.
 *
 * @example
 * `"cause": "${escaped('$cause')}"`
 */
export function escaped(reference: string): string {
  return String.raw`$util.escapeJavaScript(${reference}).replaceAll("\\'", "'")`
}

/**
 * Sets a variable to a text of the payload, or to the empty text where there is none. VTL leaves a variable unchanged
 * when it is set to null, and prints the name of one that was never set.
 *
 * @example
 * setText('error', '$.error')
 */
export function setText(name: string, path: string): string {
  return `#set($${name} = "$!input.path('${path}')")`
}

const errorFields = `"error": "${escaped('$error')}", "cause": "${escaped('$cause')}", "requestId": "${escaped('$context.requestId')}"`

/** The body of every answer about an error: `{"error","cause","requestId"}`. */
const errorBody = `{${errorFields}}`

/**
 * The request that starts an execution with the body as its input, text for text.
 *
 * @param stateMachineArn ARN, or a token.
 * @param name JSONPath in the body to the name of the execution, such as `$.orderId`; absent for a random name.
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
 * The request that describes an execution. The caller gives its name or its ARN; either way the ARN is made anew for
 * this state machine, so that the caller cannot ask about another one.
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

/** Retry-After, in seconds, where the cause names none: the default open time of a circuit. */
const retryAfterSeconds = 5

/**
 * Reads `retryAfterMs` from a cause that may be any text. A cause that is not JSON would make `parseJson` fail, and the
 * whole answer with it, so the number is cut out and checked before it is parsed.
 */
const retryAfter = String.raw`#set($ms = $cause.replaceAll('^[\s\S]*"retryAfterMs"\s*:\s*(0|[1-9][0-9]{0,14})[\s\S]*$', '$1'))
#set($seconds = ${retryAfterSeconds})
#if($ms != "" && $ms.replaceAll('^[0-9]{1,15}$', '') == "")
#set($numbers = $util.parseJson("[$ms]"))
#set($up = $numbers.get(0) + 999)
#set($seconds = ($up - $up % 1000) / 1000)
#if($seconds < 1)#set($seconds = 1)#end
#end
#set($context.responseOverride.header.Retry-After = "$seconds")`

/** The error of an execution whose own one is not for callers. */
const workflowFailed = 'Breakwater.WorkflowFailed'

/** Stands in for a cause that is not for callers. */
const hiddenCause = 'The history of the execution says why'

/** In every cause that is, or quotes, the error of a function: these hold messages and stack traces. */
const ofFunction = 'errorMessage'

/** The HTTP status for an execution that ended without success, from its status and the name of its error. */
const statusOfFailure = `#set($code = 500)
#if($status == "TIMED_OUT" || $error == "States.Timeout")#set($code = 504)#end
#if($error == "${badInputError}")#set($code = 400)#end
#if($error == "${circuitOpenError}")
#set($code = 503)
${retryAfter}
#end
#set($context.responseOverride.status = $code)`

/**
 * Sets the status, and replaces what is not for callers: they see the errors of Breakwater's own states, those that the
 * route lists, and that an execution timed out or was aborted. Of a listed error they see the cause as well, where the
 * workflow wrote it, but no function.
 */
function failure(errors: readonly string[]): string {
  const listed = [circuitOpenError, badInputError, ...errors].map(name => `$error == "${name}"`)
  return `${statusOfFailure}
#if(${listed.join(' || ')})
#if($cause.contains("${ofFunction}"))#set($cause = "${hiddenCause}")#end
#else
#set($cause = "${hiddenCause}")
#if($error != "States.Timeout")
#set($error = $status)
#if($status == "FAILED")#set($error = "${workflowFailed}")#end
#end
#end`
}

const names = `${setText('arn', '$.executionArn')}
#set($name = $arn.replaceAll('^.*:', ''))`

const output = `${setText('output', '$.output')}
#if($output == "")#set($output = "null")#end`

/**
 * The answer for a synchronous execution, which the service reports with 200 however it ended. The body is the workflow's
 * output, or `{"error","cause","requestId","execution"}`: valid JSON whatever the cause holds.
 *
 * @param errors names of the errors that callers may see, beside Breakwater's own.
 * @example
 * syncAnswer(['PaymentDeclined'])
 */
export function syncAnswer(errors: readonly string[] = []): string {
  return `${setText('status', '$.status')}
#if($status == "SUCCEEDED")
${output}
$output
#else
${setText('error', '$.error')}
${setText('cause', '$.cause')}
${names}
${failure(errors)}
{${errorFields}, "execution": "${escaped('$name')}"}
#end
`
}

const identity = `"execution": "${escaped('$name')}", "executionArn": "${escaped('$arn')}"`

/** The answer for a started execution: 202, its name and ARN, and its Location. */
export const startAnswer = `${names}
#set($context.responseOverride.status = 202)
#set($context.responseOverride.header.Location = "$context.path/$name")
{${identity}, "status": "RUNNING"}
`

/**
 * The answer about an execution: 202 while it runs, then the status that a synchronous execution would have had. The
 * output of the workflow is the `output` of the body.
 *
 * @param errors names of the errors that callers may see, beside Breakwater's own.
 * @example
 * describeAnswer(['PaymentDeclined'])
 */
export function describeAnswer(errors: readonly string[] = []): string {
  return `${names}
${setText('status', '$.status')}
${setText('error', '$.error')}
${setText('cause', '$.cause')}
#if($status == "SUCCEEDED")
${output}
{${identity}, "status": "SUCCEEDED", "output": $output}
#elseif($status == "RUNNING" || $status == "PENDING_REDRIVE")
#set($context.responseOverride.status = 202)
{${identity}, "status": "${escaped('$status')}"}
#else
${failure(errors)}
{${identity}, "status": "${escaped('$status')}", ${errorFields}}
#end
`
}

/** Errors of the service that the caller caused, without their namespace, and the HTTP status for each. */
const statuses = {
  ValidationException: 400,
  InvalidExecutionInput: 400,
  InvalidName: 400,
  ExecutionDoesNotExist: 404,
  ExecutionAlreadyExists: 409,
  ThrottlingException: 429,
  ExecutionLimitExceeded: 429,
  TooManyRequestsException: 429,
}

/** Part of the service's message about an input over the limit, and of no other message. */
const limit = '262144'

/**
 * The answer where Step Functions refused the request, so that there is no execution. Only errors that the caller can
 * mend get a cause: the others are faults of the deployment, whose messages name roles and accounts.
 */
export const serviceRefusal = `${setText('type', '$.__type')}
#set($error = $type.replaceAll('^.*#', ''))
${setText('cause', '$.message')}
#set($code = 500)
${Object.entries(statuses)
  .map(([name, status]) => `#if($error == "${name}")#set($code = ${status})#end`)
  .join('\n')}
#if($code == 400 && $cause.contains("${limit}"))
#set($code = 413)
#set($error = "Breakwater.InputTooLarge")
#set($cause = "The body is larger than 256 KiB")
#end
#if($code == 429)#set($context.responseOverride.header.Retry-After = "1")#end
#if($code == 500)
#set($error = "Breakwater.WorkflowUnavailable")
#set($cause = "The workflow could not be asked")
#end
#set($context.responseOverride.status = $code)
${errorBody}
`

/** The answer where Step Functions itself fails. */
export const serviceFailure = `#set($context.responseOverride.status = 502)
#set($error = "Breakwater.WorkflowUnavailable")
#set($cause = "Step Functions could not be reached")
${errorBody}
`
