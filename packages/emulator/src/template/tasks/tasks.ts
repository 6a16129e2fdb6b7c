import { type Integration, parseResource, type Resource, TaskError } from '@breakwater/asl'
import { invalid } from '@breakwater/circuit/shared'
import { invokeEndpoint } from './http.ts'
import { invokeFunction } from './lambda.ts'
import { callService } from './service.ts'
import { startExecution } from './states.ts'
import type { Arguments, TaskDependencies, Work } from './task.ts'

const optimized: Readonly<Record<string, Work>> = {
  'dynamodb:deleteItem': callService('dynamodb'),
  'dynamodb:getItem': callService('dynamodb'),
  'dynamodb:putItem': callService('dynamodb'),
  'dynamodb:updateItem': callService('dynamodb'),
  'events:putEvents': callService('events'),
  'http:invoke': invokeEndpoint,
  'lambda:invoke': invokeFunction,
  'sqs:sendMessage': callService('sqs'),
  'states:startExecution': startExecution,
}

/** Services that `aws-sdk:*` can name, by their names there. */
const sdk: Readonly<Record<string, Work>> = {
  dynamodb: callService('dynamodb'),
  eventbridge: callService('events'),
  sfn: callService('sfn'),
  sqs: callService('sqs'),
}

const supported = [
  'the ARN of a function',
  ...Object.keys(optimized),
  ...Object.keys(sdk).map(name => `aws-sdk:${name}:*`),
].join(', ')

function workOf(resource: Resource): Work | undefined {
  const { kind, service, action } = resource
  const [table, key] = kind === 'aws-sdk' ? [sdk, service] : [optimized, `${service}:${action}`]
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** Does the work of every task of a machine. */
export function taskIntegration(dependencies: TaskDependencies): Integration {
  return (args, context) => {
    const { resource } = context
    if (resource.kind === 'function') {
      return invokeFunction({ FunctionName: resource.arn, Payload: args }, context, dependencies).then(
        ({ Payload }) => Payload,
      )
    }
    const work = workOf(resource)
    if (!work) throw new TaskError('States.Runtime', `${resource.arn} is not supported locally`)
    return work(Object(args) as Arguments, context, dependencies)
  }
}

/**
 * Refuses a definition whose tasks reach for what is not here.
 *
 * @throws TypeError naming the state.
 */
export function checkTasks(definition: unknown, name = 'the machine'): void {
  if (typeof definition !== 'object' || definition === null) return
  const { Type, Resource } = definition as Arguments
  if (Type === 'Task' && typeof Resource === 'string') {
    const resource = parseResource(Resource)
    if (resource && resource.kind !== 'function' && !workOf(resource)) {
      throw invalid(`state "${name}", Resource`, Resource, `locally one of ${supported}`)
    }
  }
  for (const [key, value] of Object.entries(definition)) {
    // Data of a state that looks like a state is none.
    if (key !== 'Arguments' && key !== 'Output' && key !== 'Assign') checkTasks(value, key)
  }
}
