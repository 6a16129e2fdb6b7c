import { errorBody, setText } from './text.ts'

/** Names, without their namespace, of what the service refuses because of the caller, and the status each gets. */
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

/** In the service's message about an input over the limit, and in no other. */
const limit = '262144'

/**
 * Answers what Step Functions refused before there was an execution. Only what the caller can do something about says
 * why: the rest are mistakes of the deployment, whose messages name roles and accounts.
 */
export const refused = `${setText('type', '$.__type')}
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

/** Answers when Step Functions itself fails. */
export const unavailable = `#set($context.responseOverride.status = 502)
{"error": "Breakwater.WorkflowUnavailable", "cause": "Step Functions could not be reached"}
`
