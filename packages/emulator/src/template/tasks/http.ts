import { type TaskContext, TaskError } from '@breakwater/asl'
import { endpointChecks } from '../../access/checks.ts'
import { parseJson } from '../../aws/parse-json.ts'
import type { Arguments, TaskDependencies } from './task.ts'

/** The service's limit. */
const timeoutMs = 60_000

/** Calls an endpoint, without the authorisation that its connection would add: there are no connections here. */
export async function invokeEndpoint(
  args: Arguments,
  { signal }: TaskContext,
  { place, report, mayCall, machineArn }: TaskDependencies,
): Promise<unknown> {
  const { ApiEndpoint, Method = 'GET', Headers: given = {}, QueryParameters = {}, RequestBody } = args
  const connection = Object(args.Authentication ?? args.InvocationConfig).ConnectionArn
  const checks = endpointChecks(place, machineArn, String(ApiEndpoint), String(Method), connection)
  report(() => checks)
  if (!mayCall(checks[0])) {
    const what = `${Method} ${ApiEndpoint}`
    throw new TaskError('States.Permissions', `the role is not allowed states:InvokeHTTPEndpoint on ${what}`)
  }
  const url = URL.parse(String(ApiEndpoint))
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new TaskError('States.Runtime', `ApiEndpoint: ${ApiEndpoint} is no address of http or https`)
  }
  for (const [name, value] of Object.entries(Object(QueryParameters))) {
    for (const one of [value].flat()) url.searchParams.append(name, String(one))
  }
  const headers = new Headers(Object(given))
  const body = bodyOf(RequestBody, headers)
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      method: String(Method),
      headers,
      signal: limit,
      // As the service: an address that a policy allows must not lead to one that it does not.
      redirect: 'manual',
      ...(body !== undefined && { body }),
    })
    text = await response.text()
  } catch (error) {
    signal.throwIfAborted()
    const { message, cause } = error as Error
    throw new TaskError('States.Http.Socket', cause instanceof Error ? cause.message : message)
  }
  const { status, statusText } = response
  if (!response.ok) throw new TaskError(`States.Http.StatusCode.${status}`, text || statusText)
  const named = [...response.headers].map(([name, value]) => [name, [value]] as const)
  return {
    Headers: Object.fromEntries(named),
    ResponseBody: parsed(text),
    StatusCode: status,
    StatusText: statusText,
  }
}

function bodyOf(body: unknown, headers: Headers): string | undefined {
  if (body === undefined || body === null) return undefined
  if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  return typeof body === 'string' ? body : JSON.stringify(body)
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return text
  }
}
