import {
  commonFields,
  exitFields,
  readExit,
  readWholeNumber,
  retryFields,
  type StatesContext,
  statesAfter,
  statesBefore,
} from './common-fields.ts'
import { type Fields, maxSeconds } from './fields.ts'
import type { TaskState } from './model.ts'
import { readRetryAndCatch } from './read-retry-and-catch.ts'
import { allowedResources, isSupported, parseResource, type Resource } from './resource.ts'

/** Reads a Task. */
export function readTask(fields: Fields, context: StatesContext): TaskState {
  fields.only(
    ...[
      ...commonFields,
      ...exitFields,
      ...retryFields,
      'Resource',
      'Arguments',
      'TimeoutSeconds',
      'HeartbeatSeconds',
      'Credentials',
    ],
  )
  const seconds = (name: string) => readWholeNumber(fields, name, 1, maxSeconds)
  const [timeoutSeconds, heartbeatSeconds] = [seconds('TimeoutSeconds'), seconds('HeartbeatSeconds')]
  const [limit, beat] = [timeoutSeconds?.constant, heartbeatSeconds?.constant]
  if (typeof limit === 'number' && typeof beat === 'number' && beat >= limit) {
    throw fields.refuse('HeartbeatSeconds', `less than TimeoutSeconds, which is ${limit}`)
  }
  return {
    type: 'Task',
    ...readExit(fields, context, statesAfter),
    ...readRetryAndCatch(fields, context),
    resource: readResource(fields, context),
    arguments: fields.template('Arguments', statesBefore),
    timeoutSeconds,
    heartbeatSeconds,
    credentials: fields.template('Credentials', statesBefore),
  }
}

function readResource(fields: Fields, { type, supports }: StatesContext): Resource {
  const resource = parseResource(fields.text('Resource', allowedResources))
  if (!resource || !(isSupported(resource) ?? supports(resource)))
    throw fields.refuse('Resource', allowedResources)
  if (type === 'EXPRESS' && resource.pattern !== 'REQUEST_RESPONSE') {
    throw fields.refuse(
      'Resource',
      'request and response in an EXPRESS machine: neither .sync nor .waitForTaskToken',
    )
  }
  return resource
}
