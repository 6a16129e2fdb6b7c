import type { Policy } from '@breakwater/circuit'
import {
  anObject,
  type Checks,
  checkOptions,
  listOf,
  required,
  textLike,
  wholeNumber,
} from '@breakwater/circuit/shared'
import type { Retrier, State, StateMachineDefinition, TaskWork } from '../definition.ts'
import { guardedTask } from '../guarded-task.ts'
import { badInputError, guardVariable } from '../names.ts'
import { httpRetry, lambdaRetry } from '../retry.ts'
import { inputRules, maxTimeoutSeconds } from './input.ts'

/** Options of {@link guardedCall}. */
export interface GuardedCallOptions {
  /** Name or ARN of the circuit table; may be a CDK token or a `${Placeholder}`. */
  readonly table: string
  /** ARN of the gate function; may be a CDK token or a `${Placeholder}`. */
  readonly gate: string
  /** Names of the circuits that an input may name. @default any */
  readonly circuits?: readonly string[]
  /** The policy of the circuits, the same as the gate function has. @default the defaults of a Circuit */
  readonly policy?: Policy
  /** Time limit of an execution, in seconds, 1 to 300. @default 28: a REST API gives up after 29 */
  readonly timeoutSeconds?: number
  /** AWS partition of the integrations. @default aws */
  readonly partition?: string
}

const text = textLike(/./, 'a text')
const checks: Checks<GuardedCallOptions> = {
  table: required(text),
  gate: required(text),
  circuits: listOf(text, 'names', 1),
  policy: anObject,
  timeoutSeconds: wholeNumber(1, maxTimeoutSeconds),
  partition: text,
}

/** A caller waits for the execution: two more attempts, after short waits. */
const twoMoreAttempts = (retrier: Retrier): Retrier[] => [{ ...retrier, MaxAttempts: 2, MaxDelaySeconds: 3 }]

/**
 * Makes the definition of the workflow "guarded call", for an EXPRESS state machine: it calls any Lambda function or HTTP
 * endpoint, named in its input, through any circuit. With the CDK, `GuardedCallWorkflow` of `@breakwater/constructs`
 * deploys it.
 *
 * Its input is `{ circuit, functionArn, payload?, fallback?, timeoutSeconds? }`, or with
 * `http: { apiEndpoint, method, connectionArn, body?, headers?, queryParameters? }` in place of `functionArn` and
 * `payload`; its output `{ via: 'call', result }`, or `{ via: 'fallback', result, cause, reason }`. It fails with
 * Breakwater.CircuitOpen, Breakwater.BadInput, or the error of the call.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const definition = guardedCall({ table: 'circuits', gate: gateArn, circuits: ['payments'] })
 */
export function guardedCall(options: GuardedCallOptions): StateMachineDefinition {
  const {
    timeoutSeconds = 28,
    partition = 'aws',
    circuits,
    ...guard
  } = checkOptions('guardedCall', options, checks)
  const call = (name: string, task: TaskWork, retry: readonly Retrier[]) => {
    const fallback = `${name}: answer instead`
    const when = '{% $exists($states.input.fallback) %}'
    const circuit = '{% $states.input.circuit %}'
    const options = { ...guard, partition, name, circuit, task, retry, end: true } as const
    const { startAt, states } = guardedTask({ ...options, fallback: { next: fallback, when } })
    return { startAt, states: { ...states, [fallback]: fallbackState(name) } }
  }
  const TimeoutSeconds = '{% $exists($states.input.timeoutSeconds) ? $states.input.timeoutSeconds : 10 %}'
  const functionCall = call(
    'Call function',
    { ...callFunction(partition), TimeoutSeconds },
    twoMoreAttempts(lambdaRetry),
  )
  const endpointCall = call(
    'Call endpoint',
    { ...callEndpoint(partition), TimeoutSeconds },
    twoMoreAttempts(httpRetry),
  )
  return {
    QueryLanguage: 'JSONata',
    Comment: 'Calls a function or an endpoint through a circuit',
    TimeoutSeconds: timeoutSeconds,
    StartAt: 'Check input',
    States: {
      'Check input': {
        Type: 'Choice',
        Choices: [
          ...inputRules('Bad input', circuits),
          { Condition: '{% $exists($states.input.functionArn) %}', Next: functionCall.startAt },
        ],
        Default: endpointCall.startAt,
      },
      'Bad input': { Type: 'Fail', Error: badInputError, Cause: '{% $string($problem) %}' },
      ...functionCall.states,
      ...endpointCall.states,
    },
  }
}

function callFunction(partition: string): TaskWork {
  return {
    Resource: `arn:${partition}:states:::lambda:invoke`,
    Arguments: {
      FunctionName: '{% $states.input.functionArn %}',
      Payload: '{% $exists($states.input.payload) ? $states.input.payload : {} %}',
    },
    Output: "{% {'via': 'call', 'result': $states.result.Payload} %}",
  }
}

/** Fields that the input leaves out are left out of the request. */
function callEndpoint(partition: string): TaskWork {
  const fields = {
    ApiEndpoint: '$http.apiEndpoint',
    Method: '$http.method',
    Authentication: "{'ConnectionArn': $http.connectionArn}",
    RequestBody: '$http.body',
    Headers: '$http.headers',
    QueryParameters: '$http.queryParameters',
  }
  const request = Object.entries(fields).map(([name, value]) => `'${name}': ${value}`)
  const result = "{'status': $states.result.StatusCode, 'body': $states.result.ResponseBody}"
  return {
    Resource: `arn:${partition}:states:::http:invoke`,
    Arguments: `{% ($http := $states.input.http; {${request.join(', ')}}) %}`,
    Output: `{% {'via': 'call', 'result': ${result}} %}`,
  }
}

function fallbackState(name: string): State {
  const guard = `$${guardVariable(name)}`
  return {
    Type: 'Pass',
    Output: {
      via: 'fallback',
      result: '{% $states.input.fallback %}',
      cause: `{% ${guard}.decision = 'reject' ? 'rejected' : 'failed' %}`,
      reason: `{% ${guard}.decision = 'reject' ? ${guard}.reason : ${guard}.error %}`,
    },
    End: true,
  }
}
