import { ServiceError } from '../../aws/json-service.ts'
import { parseJson } from '../../aws/parse-json.ts'
import type { InvocationOutcome } from '../../lambda/scheduler.ts'
import type { EventSource, EventSourceUpdate } from '../../queues/event-source.ts'
import type { LocalFunction } from './functions.ts'

/** An event source mapping that runs, with its names. */
export interface EventSourceMapping {
  readonly uuid: string
  readonly queueArn: string
  readonly functionArn: string
  readonly source: EventSource
}

/** An answer over HTTP. */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Invokes a function as the type of the invocation says. */
export async function invoked(
  target: LocalFunction | undefined,
  name: string,
  type: string,
  event: string,
  log: (line: string) => void,
): Promise<Answer> {
  if (!target) throw new ServiceError('ResourceNotFoundException', `Function not found: ${name}`, 404)
  try {
    parseJson(event)
  } catch {
    throw new ServiceError('InvalidRequestContentException', 'Could not parse request body into json')
  }
  if (type === 'DryRun') return { status: 204, body: '' }
  if (type === 'Event') {
    void target.invoke(event).then(outcome => {
      if (outcome.kind !== 'answered')
        log(`${target.name}: an asynchronous invocation was lost: ${outcome.kind}`)
    })
    return { status: 202, body: '' }
  }
  return payloadOf(await target.invoke(event))
}

function payloadOf(outcome: InvocationOutcome): Answer {
  if (outcome.kind === 'throttled' || outcome.kind === 'expired') {
    throw new ServiceError('TooManyRequestsException', 'Rate Exceeded.', 429)
  }
  const version = { 'x-amz-executed-version': '$LATEST' }
  if (outcome.kind === 'answered') return { status: 200, body: outcome.value, headers: version }
  const error =
    outcome.kind === 'timed-out'
      ? {
          errorType: 'Sandbox.Timedout',
          errorMessage: `Task timed out after ${(outcome.afterMs / 1_000).toFixed(2)} seconds`,
        }
      : outcome.error
  const headers = { ...version, 'x-amz-function-error': 'Unhandled' }
  return { status: 200, body: JSON.stringify(error), headers }
}

/** @throws ServiceError for a mapping that is not there. */
export function mappingOf(sources: readonly EventSourceMapping[], uuid: string): EventSourceMapping {
  const found = sources.find(source => source.uuid === uuid)
  if (found) return found
  throw new ServiceError('ResourceNotFoundException', `The event source mapping does not exist: ${uuid}`, 404)
}

/** The changes that an UpdateEventSourceMapping asks for. */
export function updateOf(body: string): EventSourceUpdate {
  const { Enabled, ScalingConfig, FunctionName, ...others } = changesIn(body)
  const [stray] = Object.keys(others)
  if (stray) throw new ServiceError('InvalidParameterValueException', `${stray} cannot be changed locally`)
  return { ...(Enabled !== undefined && { Enabled }), ...(ScalingConfig !== undefined && { ScalingConfig }) }
}

function changesIn(body: string): Readonly<Record<string, never>> {
  try {
    const changes = parseJson(body || '{}')
    if (typeof changes === 'object' && changes !== null && !Array.isArray(changes)) return { ...changes }
  } catch {
    // Refused below.
  }
  throw new ServiceError('InvalidRequestContentException', 'The body is not a JSON object')
}

/** The description of a mapping, as the service has it. */
export function described({ uuid, queueArn, functionArn, source }: EventSourceMapping) {
  const { enabled, maximumConcurrency } = source
  return {
    UUID: uuid,
    EventSourceArn: queueArn,
    FunctionArn: functionArn,
    State: enabled ? 'Enabled' : 'Disabled',
    StateTransitionReason: 'USER_INITIATED',
    ...(maximumConcurrency !== undefined && { ScalingConfig: { MaximumConcurrency: maximumConcurrency } }),
  }
}
