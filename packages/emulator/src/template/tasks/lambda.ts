import { type TaskContext, TaskError } from '@breakwater/asl'
import { invokeChecks } from '../../access/checks.ts'
import type { InvocationOutcome } from '../../lambda/scheduler.ts'
import type { Arguments, TaskDependencies } from './task.ts'

/** What `lambda:invoke` answers. */
export interface Invoked {
  readonly StatusCode: number
  readonly ExecutedVersion: string
  readonly Payload?: unknown
}

/** Invokes a function; one that fails fails the task by the name of its error, as the service has it. */
export async function invokeFunction(
  args: Arguments,
  _context: TaskContext,
  { invoke, place, report }: TaskDependencies,
): Promise<Invoked> {
  const { FunctionName, Qualifier, Payload = {}, InvocationType = 'RequestResponse' } = args
  const name = String(FunctionName)
  report(() => invokeChecks(place, name, Qualifier === undefined ? undefined : String(Qualifier)))
  const running = invoke(Qualifier === undefined ? name : `${name}:${Qualifier}`, JSON.stringify(Payload))
  if (!running) {
    throw new TaskError(
      'Lambda.ResourceNotFoundException',
      `Function not found: ${name} (Service: Lambda, Status Code: 404)`,
    )
  }
  const ExecutedVersion = '$LATEST'
  if (InvocationType === 'Event') return { StatusCode: 202, ExecutedVersion }
  if (InvocationType !== 'RequestResponse') {
    throw new TaskError('States.Runtime', `InvocationType ${InvocationType} is not supported locally`)
  }
  const outcome = await running
  if (outcome.kind === 'answered')
    return { StatusCode: 200, ExecutedVersion, Payload: JSON.parse(outcome.value) }
  throw failureOf(outcome)
}

function failureOf(outcome: Exclude<InvocationOutcome, { kind: 'answered' }>): TaskError {
  if (outcome.kind === 'threw') return new TaskError(outcome.error.errorType, JSON.stringify(outcome.error))
  if (outcome.kind === 'throttled' || outcome.kind === 'expired') {
    return new TaskError(
      'Lambda.TooManyRequestsException',
      'Rate Exceeded. (Service: Lambda, Status Code: 429)',
    )
  }
  if (outcome.kind === 'crashed' && outcome.error.errorType.startsWith('Runtime.')) {
    return new TaskError(outcome.error.errorType, JSON.stringify(outcome.error))
  }
  const errorMessage =
    outcome.kind === 'timed-out'
      ? `Task timed out after ${(outcome.afterMs / 1_000).toFixed(2)} seconds`
      : outcome.error.errorMessage
  const payload = JSON.stringify({ errorMessage })
  const message = 'The cause could not be determined because Lambda did not return an error type.'
  return new TaskError('Lambda.Unknown', `${message} Returned payload: ${payload}`)
}
