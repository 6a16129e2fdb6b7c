import { expect, it } from 'vitest'
import { methodResponses } from './integration.ts'
import {
  describeAnswer,
  describeRequest,
  serviceFailure,
  serviceRefusal,
  startAnswer,
  startRequest,
  syncAnswer,
} from './templates.ts'

const all = {
  syncAnswer: syncAnswer(),
  startAnswer: startAnswer('identity.caller'),
  describeAnswer: describeAnswer(['PaymentDeclined', 'Shop.Closed'], 'identity.apiKeyId'),
  serviceRefusal,
  serviceFailure,
  start: startRequest('arn', { name: '$.orderId', owner: 'identity.caller' }),
  startUnnamed: startRequest('arn', { owner: 'identity.apiKeyId' }),
  describe: describeRequest('arn:', 'execution', 'identity.caller'),
}

it.each(Object.entries(all))('%s closes every block that it opens', (_, template) => {
  const blocks = template.match(/#(if|end)\b/g) ?? []
  let depth = 0
  for (const block of blocks) {
    depth += block === '#if' ? 1 : -1
    expect(depth).toBeGreaterThanOrEqual(0)
  }
  expect(depth).toBe(0)
})

it.each(Object.entries(all))('%s prints no text of others but escaped', (_, template) => {
  // What is set, compared or measured is not printed; the output of a workflow is JSON by the service's own word.
  const printed = template.replace(/#(set|if|elseif)\s?\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/g, '')
  const references = printed.match(/\$[!\w.]+/g) ?? []
  expect(references.filter(one => one !== '$output')).toSatisfy((rest: string[]) =>
    rest.every((one, at) => one === '$util.escapeJavaScript' || rest[at - 1] === '$util.escapeJavaScript'),
  )
})

it('the templates answer only with statuses that the methods declare', () => {
  const declared = methodResponses.map(one => one.statusCode)
  const used = Object.values(all).flatMap(template => [
    ...template.matchAll(/\$(?:code|context\.responseOverride\.status) = (\d{3})/g),
  ])
  expect(used.length).toBeGreaterThan(10)
  expect(used.map(match => match[1]).filter(status => !declared.includes(status!))).toEqual([])
})

it('the template of a synchronous execution is this', () => {
  expect(syncAnswer(['PaymentDeclined'])).toMatchInlineSnapshot(`
    "#set($status = "$!input.path('$.status')")
    #if($status == "SUCCEEDED")
    #set($output = "$!input.path('$.output')")
    #if($output == "")#set($output = "null")#end
    $output
    #else
    #set($error = "$!input.path('$.error')")
    #set($cause = "$!input.path('$.cause')")
    #set($arn = "$!input.path('$.executionArn')")
    #set($name = $arn.replaceAll('^.*:', ''))
    #set($code = 500)
    #if($status == "TIMED_OUT" || $error == "States.Timeout")#set($code = 504)#end
    #if($error == "Breakwater.BadInput")#set($code = 400)#end
    #if($error == "Breakwater.CircuitOpen")
    #set($code = 503)
    #set($ms = $cause.replaceAll('^[\\s\\S]*"retryAfterMs"\\s*:\\s*(0|[1-9][0-9]{0,14})[\\s\\S]*$', '$1'))
    #set($seconds = 5)
    #if($ms != "" && $ms.replaceAll('^[0-9]{1,15}$', '') == "")
    #set($numbers = $util.parseJson("[$ms]"))
    #set($up = $numbers.get(0) + 999)
    #set($seconds = ($up - $up % 1000) / 1000)
    #if($seconds < 1)#set($seconds = 1)#end
    #end
    #set($context.responseOverride.header.Retry-After = "$seconds")
    #end
    #set($context.responseOverride.status = $code)
    #if($error == "Breakwater.CircuitOpen" || $error == "Breakwater.BadInput" || $error == "PaymentDeclined")
    #if($cause.contains("errorMessage"))#set($cause = "The history of the execution says why")#end
    #else
    #set($cause = "The history of the execution says why")
    #if($error != "States.Timeout")
    #set($error = $status)
    #if($status == "FAILED")#set($error = "Breakwater.WorkflowFailed")#end
    #end
    #end
    {"error": "$util.escapeJavaScript($error).replaceAll("\\\\'", "'")", "cause": "$util.escapeJavaScript($cause).replaceAll("\\\\'", "'")", "requestId": "$util.escapeJavaScript($context.requestId).replaceAll("\\\\'", "'")", "execution": "$util.escapeJavaScript($name).replaceAll("\\\\'", "'")"}
    #end
    "
  `)
})
