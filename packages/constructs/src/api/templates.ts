import { badInputError, circuitOpenError } from '@breakwater/workflows'
import { errorBody, escaped, setText } from '../templates/text.ts'

/** How long to stay away, in seconds, when the rejection does not say: an open circuit's least time by default. */
const retryAfterSeconds = 5

/**
 * Reads `retryAfterMs` out of a cause that may be any text. A cause that is not JSON would make `parseJson` fail, and
 * the whole answer with it, so the number is cut out, looked at, and only then read.
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

/** The status of an execution that is over and did not succeed, told by its status and the name of its error. */
const failure = `#set($code = 500)
#if($status == "TIMED_OUT" || $error == "States.Timeout")#set($code = 504)#end
#if($error == "${badInputError}")#set($code = 400)#end
#if($error == "${circuitOpenError}")
#set($code = 503)
${retryAfter}
#end
#set($context.responseOverride.status = $code)
#if($error == "")#set($error = $status)#end`

const output = `${setText('output', '$.output')}
#if($output == "")#set($output = "null")#end`

/**
 * Answers a synchronous execution, which the service reports with 200 however it ended. The body is the workflow's
 * output, or `{"error","cause"}`: valid JSON whatever the cause holds.
 */
export const syncOutcome = `${setText('status', '$.status')}
#if($status == "SUCCEEDED")
${output}
$output
#else
${setText('error', '$.error')}
${setText('cause', '$.cause')}
${failure}
${errorBody}
#end
`

const names = `${setText('arn', '$.executionArn')}
#set($name = $arn.replaceAll('^.*:', ''))`

const identity = `"execution": "${escaped('$name')}", "executionArn": "${escaped('$arn')}"`

/** Answers a started execution with 202, its name and ARN, and where to ask for it. */
export const started = `${names}
#set($context.responseOverride.status = 202)
#set($context.responseOverride.header.Location = "$context.path/$name")
{${identity}, "status": "RUNNING"}
`

/**
 * Answers what became of an execution: 202 while it runs, then the status a synchronous execution would have had.
 * The output is the `output` of the body.
 */
export const described = `${names}
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
${failure}
{${identity}, "status": "${escaped('$status')}", "error": "${escaped('$error')}", "cause": "${escaped('$cause')}"}
#end
`
