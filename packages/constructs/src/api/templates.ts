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
 * Who owns an execution: a variable of the context with letters and digits, which may go on after a colon with what the
 * caller chose. An execution of an owner is named `OWNER-NAME`; owners have no hyphens. Root and federated users have the
 * account for an id, which is nobody's own: they get no name, and the service refuses them.
 */
export type Owner = 'identity.caller' | 'identity.apiKeyId'

function setOwner(owner: Owner): string {
  return `#set($owner = "$!context.${owner}")
#set($owner = $owner.replaceAll(':.*$', '').replaceAll('^[0-9]{12}$', ''))`
}

/** A name behind its owner; nothing where there is none. A hyphen would be a part of a variable without braces. */
function ofOwner(name: string, more = ''): string {
  return `#if($owner != ""${more})\${owner}-${name}#end`
}

/** Options of {@link startRequest}. */
export interface StartRequest {
  /** JSONPath in the body to the name of the execution, such as `$.orderId`. @default a random name */
  readonly name?: string | undefined
  /** Whose the execution is. @default nobody's */
  readonly owner?: Owner | undefined
}

/**
 * The request that starts an execution with the body as its input, text for text.
 *
 * @param stateMachineArn ARN, or a token.
 * @example
 * startRequest(machine.stateMachineArn, { name: '$.orderId', owner: 'identity.caller' })
 */
export function startRequest(stateMachineArn: string, { name, owner }: StartRequest = {}): string {
  const own = owner === undefined ? '' : `${setOwner(owner)}\n`
  if (name !== undefined) {
    // Without a name of the body's there must not be an execution that is named after its owner alone.
    const named = owner === undefined ? escaped('$name') : ofOwner(escaped('$name'), ' && $name != ""')
    return `${own}${setText('name', name)}\n${begin(stateMachineArn)}, "name": "${named}"}\n`
  }
  const random = owner === undefined ? '' : `, "name": "${ofOwner(escaped('$context.requestId'))}"`
  return `${own}${begin(stateMachineArn)}${random}}\n`
}

function begin(stateMachineArn: string): string {
  return `{"stateMachineArn": "${stateMachineArn}", "input": "${escaped('$input.body')}"`
}

/**
 * The request that describes an execution by its name, of this state machine and of this owner: a caller cannot ask about
 * another one, whatever name it gives.
 *
 * @param executionArnPrefix `arn:aws:states:REGION:ACCOUNT:execution:NAME:`, which may hold tokens.
 * @param parameter name of the path parameter.
 * @param owner whose executions these are; everybody's where it is absent.
 * @example
 * describeRequest(prefix, 'execution', 'identity.caller')
 */
export function describeRequest(executionArnPrefix: string, parameter: string, owner?: Owner): string {
  const own = owner === undefined ? '' : `${setOwner(owner)}\n`
  const name = owner === undefined ? escaped('$name') : ofOwner(escaped('$name'))
  return `${own}#set($name = "$!input.params('${parameter}')")
{"executionArn": "${executionArnPrefix}${name}"}
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

/** Sets the name of an execution, without its owner. */
function setName(owner?: Owner): string {
  const before = owner === undefined ? '^.*:' : '^.*:[A-Za-z0-9]+-'
  return `${setText('arn', '$.executionArn')}
#set($name = $arn.replaceAll('${before}', ''))`
}

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
${setName()}
${failure(errors)}
{${errorFields}, "execution": "${escaped('$name')}"}
#end
`
}

const named = `"execution": "${escaped('$name')}"`

/**
 * The answer for a started execution: 202, its name, and its Location.
 *
 * @param owner whose it is, as in the request.
 * @example
 * startAnswer('identity.caller')
 */
export function startAnswer(owner?: Owner): string {
  return `${setName(owner)}
#set($context.responseOverride.status = 202)
#set($context.responseOverride.header.Location = "$context.path/$name")
{${named}, "status": "RUNNING"}
`
}

/**
 * The answer about an execution: 202 while it runs, then the status that a synchronous execution would have had. The
 * output of the workflow is the `output` of the body.
 *
 * @param errors names of the errors that callers may see, beside Breakwater's own.
 * @param owner whose it is, as in the request.
 * @example
 * describeAnswer(['PaymentDeclined'], 'identity.caller')
 */
export function describeAnswer(errors: readonly string[] = [], owner?: Owner): string {
  return `${setName(owner)}
${setText('status', '$.status')}
${setText('error', '$.error')}
${setText('cause', '$.cause')}
#if($status == "SUCCEEDED")
${output}
{${named}, "status": "SUCCEEDED", "output": $output}
#elseif($status == "RUNNING" || $status == "PENDING_REDRIVE")
#set($context.responseOverride.status = 202)
{${named}, "status": "${escaped('$status')}"}
#else
${failure(errors)}
{${named}, "status": "${escaped('$status')}", ${errorFields}}
#end
`
}

/** Errors of the service that the caller caused, without their namespace, and the HTTP status for each. */
const statuses = {
  ValidationException: 400,
  InvalidExecutionInput: 400,
  InvalidName: 400,
  // A name that no execution can have.
  InvalidArn: 404,
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
