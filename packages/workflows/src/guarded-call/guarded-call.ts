import type { Policy } from '@breakwater/circuit'
import {
  anObject,
  type Checks,
  checkOptions,
  required,
  textLike,
  wholeNumber,
} from '@breakwater/circuit/shared'
import {
  expression,
  type Retrier,
  type State,
  type StateMachineDefinition,
  type TaskWork,
} from '../definition.ts'
import { guardedTask } from '../guarded-task.ts'
import { badInputError, guardVariable } from '../names.ts'
import { httpRetry, lambdaRetry } from '../retry.ts'
import { inputRules, payload } from './input.ts'
import {
  type CallTarget,
  checkTargets,
  defaultTimeoutSeconds,
  type EndpointTarget,
  type FunctionTarget,
  fillIn,
  isFunction,
  maxTimeoutSeconds,
} from './targets.ts'

/** Options of {@link guardedCall}. */
export interface GuardedCallOptions {
  /** Name or ARN of the circuit table; may be a CDK token or a `${Placeholder}`. */
  readonly table: string
  /** ARN of the gate function; may be a CDK token or a `${Placeholder}`. */
  readonly gate: string
  /** What callers may call, by the names that they call it by: 1 to 40 letters, digits, _ and -. The gate is no target. */
  readonly targets: Readonly<Record<string, CallTarget>>
  /** The policy of circuits whose target has none of its own, the same as the gate function has. @default the defaults of a Circuit */
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
  targets: required(anObject),
  policy: anObject,
  timeoutSeconds: wholeNumber(1, maxTimeoutSeconds),
  partition: text,
}

/** A caller waits for the execution: two more attempts, after short waits. */
const twoMoreAttempts = (retrier: Retrier): Retrier[] => [{ ...retrier, MaxAttempts: 2, MaxDelaySeconds: 3 }]

/**
 * Makes the definition of the workflow "guarded call", for an EXPRESS state machine: it calls a Lambda function or an HTTPS
 * endpoint through its circuit, with retries, a time limit and a fallback. A caller names a target; what that is, stands
 * in the definition, so that no input reaches another function, address, connection or circuit. With the CDK,
 * `GuardedCallWorkflow` of `@breakwater/constructs` deploys it.
 *
 * Its input is `{ target, payload?, timeoutSeconds? }`; its output `{ via: 'call', result }`, or
 * `{ via: 'fallback', result, cause, reason }`, whose reason is why the circuit rejected, or `States.Timeout`, a status such as
 * `States.Http.StatusCode.503`, and `States.TaskFailed` for all else. It fails with Breakwater.CircuitOpen, Breakwater.BadInput, or the error of
 * the call.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const charge = { functionArn: chargeArn, circuit: 'payments', payload: { type: 'object', required: ['orderId'] } }
 * const definition = guardedCall({ table: 'circuits', gate: gateArn, targets: { charge } })
 */
export function guardedCall(options: GuardedCallOptions): StateMachineDefinition {
  const {
    timeoutSeconds = 28,
    partition = 'aws',
    targets,
    policy,
    ...guard
  } = checkOptions('guardedCall', options, checks)
  checkTargets(targets, guard.gate, timeoutSeconds)
  const calls = Object.entries(targets).map(([target, one]) => {
    const name = `Call ${target}`
    const { task, retry } = isFunction(one) ? callFunction(one, partition) : callEndpoint(one, partition)
    const fallback = one.fallback === undefined ? undefined : `${name}: answer instead`
    const effective = one.policy ?? policy
    const { startAt, states } = guardedTask({
      ...guard,
      partition,
      name,
      circuit: one.circuit,
      task: { ...task, TimeoutSeconds: secondsOf(one) },
      retry: twoMoreAttempts(retry),
      end: true,
      ...(effective && { policy: effective }),
      ...(fallback !== undefined && { fallback }),
    })
    const answer = fallback !== undefined && { [fallback]: fallbackState(name, one) }
    const choice = { Condition: `{% $states.input.target = '${target}' %}`, Next: startAt }
    return { choice, states: { ...states, ...answer } }
  })
  return {
    QueryLanguage: 'JSONata',
    Comment: 'Calls what the target of its input stands for, through its circuit',
    TimeoutSeconds: timeoutSeconds,
    StartAt: 'Check input',
    States: {
      'Check input': {
        Type: 'Choice',
        Choices: [...inputRules('Bad input', targets), ...calls.slice(1).map(({ choice }) => choice)],
        // Which target it is has been checked.
        Default: calls[0]!.choice.Next,
      },
      'Bad input': { Type: 'Fail', Error: badInputError, Cause: '{% $string($problem) %}' },
      ...Object.assign({}, ...calls.map(({ states }) => states)),
    },
  }
}

function secondsOf({ timeoutSeconds = defaultTimeoutSeconds }: CallTarget): string {
  return `{% $exists($states.input.timeoutSeconds) ? $states.input.timeoutSeconds : ${timeoutSeconds} %}`
}

interface Call {
  readonly task: TaskWork
  readonly retry: Retrier
}

function callFunction({ functionArn, event = expression(payload) }: FunctionTarget, partition: string): Call {
  return {
    retry: lambdaRetry,
    task: {
      Resource: `arn:${partition}:states:::lambda:invoke`,
      Arguments: { FunctionName: functionArn, Payload: event },
      Output: "{% {'via': 'call', 'result': $states.result.Payload} %}",
    },
  }
}

const withBody: readonly string[] = ['POST', 'PUT', 'PATCH']

function callEndpoint(target: EndpointTarget, partition: string): Call {
  const { connectionArn, method, url, headers, queryParameters } = target
  const { body = withBody.includes(method) ? expression(payload) : undefined } = target
  const result = "{'status': $states.result.StatusCode, 'body': $states.result.ResponseBody}"
  return {
    retry: httpRetry,
    task: {
      Resource: `arn:${partition}:states:::http:invoke`,
      Arguments: {
        ApiEndpoint: addressOf(url),
        Method: method,
        Authentication: { ConnectionArn: connectionArn },
        ...(body !== undefined && { RequestBody: body }),
        ...(headers !== undefined && { Headers: headers }),
        ...(queryParameters !== undefined && { QueryParameters: queryParameters }),
      },
      Output: `{% {'via': 'call', 'result': ${result}} %}`,
    },
  }
}

/** The address, with parts of the payload where it names them. */
function addressOf(url: string): string {
  const part = (name: string) => `$encodeUrlComponent($string($states.input.payload.${name}))`
  const pieces = fillIn(url, text => JSON.stringify(text), part)
  return pieces.length === 1 ? url : expression(pieces.join(' & '))
}

/** The name of an error as the caller may see it: that of a function may say anything. */
function shownError(error: string): string {
  return `($contains(${error}, /^States[.](Timeout|Http[.]Socket|Http[.]StatusCode[.][0-9]{3})$/) ? ${error} : 'States.TaskFailed')`
}

function fallbackState(name: string, { fallback }: CallTarget): State {
  const guard = `$${guardVariable(name)}`
  return {
    Type: 'Pass',
    Output: {
      via: 'fallback',
      result: fallback!,
      cause: `{% ${guard}.decision = 'reject' ? 'rejected' : 'failed' %}`,
      reason: `{% ${guard}.decision = 'reject' ? ${guard}.reason : ${shownError(`${guard}.error`)} %}`,
    },
    End: true,
  }
}
