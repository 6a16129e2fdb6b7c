import type { TaskContext } from './types.ts'
import { isObject, type Json, type JsonObject } from './values.ts'

/**
 * The mock of a Task: gets its evaluated Arguments and returns its result. A mock of a Lambda function gets the Payload
 * and returns the function's answer. It throws a `TaskError` for a named error; any other error is reported as Lambda
 * reports it.
 *
 * @example
 * const charge: TaskHandler = (order, { signal }) => provider.charge(order, { signal })
 */
// biome-ignore lint/suspicious/noExplicitAny: only the author of a definition knows what it sends
export type TaskHandler = (input: any, context: TaskContext) => unknown

/** The error for a task without a mock. */
export class NoHandlerError extends TypeError {}

/** Finds the mock of a task, and calls it. */
export async function callTaskHandler(
  tasks: Readonly<Record<string, TaskHandler>>,
  args: Json,
  context: TaskContext,
): Promise<unknown> {
  const { state, resource } = context
  const find = (names: readonly string[]) => names.find(name => Object.hasOwn(tasks, name))
  const own = find([state])
  if (own !== undefined) return tasks[own]!(args, context)
  if (resource.kind === 'function') {
    const names = functionNames(resource.arn)
    const found = find(names)
    if (found !== undefined) return tasks[found]!(args, context)
    throw noHandler(state, names)
  }
  const called = resource.service === 'lambda' && resource.action === 'invoke' && isObject(args)
  const names = called && typeof args.FunctionName === 'string' ? functionNames(args.FunctionName) : []
  const found = find(names)
  if (found !== undefined) return invoke(tasks[found]!, args as JsonObject, context)
  const resources = [resource.arn, resource.arn.replace(/\.(waitForTaskToken|sync(:2)?)$/, '')]
  const byResource = find(resources)
  if (byResource !== undefined) return tasks[byResource]!(args, context)
  throw noHandler(state, [...names, ...resources])
}

/** The name as it was written, the ARN without a version, and the bare name. */
function functionNames(functionName: string): readonly string[] {
  const arn = /^(arn:[^:]*:lambda:[^:]*:[^:]*:function:([^:]+))(:.+)?$/.exec(functionName)
  return [functionName, ...(arn ? [arn[1]!, arn[2]!] : [functionName.replace(/:.*$/s, '')])]
}

async function invoke(handler: TaskHandler, args: JsonObject, context: TaskContext): Promise<unknown> {
  const Payload = (await handler(args.Payload ?? {}, context)) ?? null
  return { ExecutedVersion: '$LATEST', Payload, StatusCode: 200 }
}

function noHandler(state: string, names: readonly string[]): NoHandlerError {
  const allowed = [...new Set([state, ...names])].map(name => JSON.stringify(name)).join(', ')
  return new NoHandlerError(
    `tasks: nothing for the state ${JSON.stringify(state)}; allowed is a function named one of ${allowed}`,
  )
}
