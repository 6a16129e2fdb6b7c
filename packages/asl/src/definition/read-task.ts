import { after, before, common, exit, exitOf, type Level, tried, wholeOr } from './common-fields.ts'
import { type Fields, mostSeconds } from './fields.ts'
import type { TaskState } from './model.ts'
import { triesOf } from './read-retry-and-catch.ts'
import { isKnown, parseResource, type Resource, resources } from './resource.ts'

/** Reads a Task. */
export function readTask(fields: Fields, names: readonly string[], level: Level): TaskState {
  fields.only(
    ...[
      ...common,
      ...exit,
      ...tried,
      'Resource',
      'Arguments',
      'TimeoutSeconds',
      'HeartbeatSeconds',
      'Credentials',
    ],
  )
  const seconds = (name: string) => wholeOr(fields, name, 1, mostSeconds)
  const [timeoutSeconds, heartbeatSeconds] = [seconds('TimeoutSeconds'), seconds('HeartbeatSeconds')]
  const [limit, beat] = [timeoutSeconds?.constant, heartbeatSeconds?.constant]
  if (typeof limit === 'number' && typeof beat === 'number' && beat >= limit) {
    throw fields.refuse('HeartbeatSeconds', `less than TimeoutSeconds, which is ${limit}`)
  }
  return {
    type: 'Task',
    ...exitOf(fields, names, level, after),
    ...triesOf(fields, names, level),
    resource: resourceOf(fields, level),
    arguments: fields.template('Arguments', before),
    timeoutSeconds,
    heartbeatSeconds,
    credentials: fields.template('Credentials', before),
  }
}

function resourceOf(fields: Fields, { type, supports }: Level): Resource {
  const resource = parseResource(fields.text('Resource', resources))
  if (!resource || !(isKnown(resource) ?? supports(resource))) throw fields.refuse('Resource', resources)
  if (type === 'EXPRESS' && resource.pattern !== 'REQUEST_RESPONSE') {
    throw fields.refuse(
      'Resource',
      'request and response in an EXPRESS machine: neither .sync nor .waitForTaskToken',
    )
  }
  return resource
}
