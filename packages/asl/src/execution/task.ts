import { maxSeconds } from '../definition/fields.ts'
import type { TaskState } from '../definition/model.ts'
import { StateFailure, TaskError } from '../errors.ts'
import type { TaskContext } from '../types.ts'
import type { Json } from '../values.ts'
import { type Payload, payload } from './branch.ts'
import { notTruncated, type StateExecution, type Transition } from './state-execution.ts'
import { after } from './timers.ts'

/** The evaluated limits of an attempt. */
interface Limits {
  readonly timeoutSeconds: number | undefined
  readonly heartbeatSeconds: number | undefined
}

/** Makes one attempt of a task. */
export async function runTask(state: TaskState, execution: StateExecution): Promise<Transition> {
  const { context } = execution.branch
  const waits = state.resource.pattern === 'WAIT_FOR_TASK_TOKEN'
  execution.token = waits ? context.newToken() : undefined
  const args = state.arguments ? payload(await execution.evaluate(state.arguments)) : execution.input
  execution.checkSize(args)
  if (state.credentials) await execution.evaluate(state.credentials)
  const limits: Limits = {
    timeoutSeconds: await execution.evaluateNumber(state.timeoutSeconds, 'TimeoutSeconds', 1, maxSeconds),
    heartbeatSeconds: await execution.evaluateNumber(
      state.heartbeatSeconds,
      'HeartbeatSeconds',
      1,
      maxSeconds,
    ),
  }
  const events = taskEvents(state, execution)
  events.scheduled(args, limits)
  let result: Payload
  try {
    result = payload(
      await runIntegration(state, execution, args, limits, submitted => events.submitted(payload(submitted))),
    )
    execution.checkSize(result)
  } catch (error) {
    if (error instanceof StateFailure) events.failed(error)
    throw error
  }
  events.succeeded(result)
  return execution.transition(state, state.next, result, { result: result.value })
}

/** Runs the integration until it answers, fails or times out. Leaves no timer or listener. */
function runIntegration(
  state: TaskState,
  execution: StateExecution,
  args: Payload,
  { timeoutSeconds, heartbeatSeconds }: Limits,
  onSubmitted: (answer: Json) => void,
): Promise<Json> {
  const { branch, token } = execution
  const { clock, tokens, integrations } = branch.context
  const abort = new AbortController()
  return new Promise((resolve, reject) => {
    const cleanUps: (() => void)[] = []
    let isOver = false

    const finish = (settle: () => void) => {
      if (isOver) return
      isOver = true
      for (const cleanUp of cleanUps) cleanUp()
      settle()
    }
    const succeed = (value: Json) => finish(() => resolve(value))
    const fail = (error: Error) => {
      finish(() => {
        reject(error)
        abort.abort(error)
      })
    }
    const timer = (seconds: number, error: string) => {
      return after(clock, seconds * 1_000, () => fail(new StateFailure(error)))
    }

    if (timeoutSeconds !== undefined) cleanUps.push(timer(timeoutSeconds, 'States.Timeout'))
    let stopHeartbeat = () => {}
    const heartbeat = () => {
      stopHeartbeat()
      if (heartbeatSeconds !== undefined) stopHeartbeat = timer(heartbeatSeconds, 'States.HeartbeatTimeout')
    }
    heartbeat()
    cleanUps.push(() => stopHeartbeat())
    if (token !== undefined) {
      const failByName = (error: string, cause: string) => fail(new StateFailure(error, cause))
      cleanUps.push(tokens.add(token, { succeed, fail: failByName, heartbeat }))
    }
    cleanUps.push(branch.cancellation.onCancel(fail))

    const context = taskContext(state, execution, abort.signal)
    answerOf(() => integrations(JSON.parse(args.text), context)).then(
      answer => {
        if (isOver) return
        if (token === undefined) succeed(answer)
        else onSubmitted(answer)
      },
      (error: unknown) => fail(failureOf(error)),
    )
  })
}

function taskContext(
  { name, resource }: TaskState,
  { branch, retryCount, token, contextObject }: StateExecution,
  signal: AbortSignal,
): TaskContext {
  const { clock, tokens } = branch.context
  return {
    state: name,
    resource,
    retryCount,
    signal,
    clock,
    taskToken: token,
    context: contextObject,
    sendTaskSuccess: (token, output) => tokens.succeed(token, output),
    sendTaskFailure: (token, error, cause) => tokens.fail(token, error, cause),
    sendTaskHeartbeat: token => tokens.heartbeat(token),
  }
}

async function answerOf(integration: () => unknown): Promise<Json> {
  const answer = await integration()
  if (answer === undefined) return null
  try {
    return JSON.parse(JSON.stringify(answer) ?? 'null')
  } catch (error) {
    // The name that Lambda gives it.
    throw new TaskError('Runtime.MarshalError', `Unable to stringify response body: ${String(error)}`)
  }
}

/** The failure by an error that the integration threw, as Lambda reports it. */
function failureOf(error: unknown): StateFailure {
  if (error instanceof TaskError) return new StateFailure(error.error, error.cause)
  const isError = error instanceof Error
  const errorType = isError ? error.name : typeof error
  const errorMessage = isError ? error.message : String(error)
  return new StateFailure(errorType, JSON.stringify({ errorType, errorMessage }))
}

/** Writes an attempt of a task into the history. */
function taskEvents({ resource }: TaskState, execution: StateExecution) {
  const isFunction = resource.kind === 'function'
  const prefix = isFunction ? 'LambdaFunction' : 'Task'
  const resourceDetails = isFunction ? {} : { resourceType: resource.type, resource: resource.name }
  return {
    scheduled({ text }: Payload, { timeoutSeconds, heartbeatSeconds }: Limits): void {
      const limits = {
        ...(timeoutSeconds !== undefined && { timeoutInSeconds: timeoutSeconds }),
        ...(heartbeatSeconds !== undefined && !isFunction && { heartbeatInSeconds: heartbeatSeconds }),
      }
      const details = isFunction
        ? { resource: resource.arn, input: text, inputDetails: notTruncated }
        : { ...resourceDetails, region: execution.branch.context.region, parameters: text }
      execution.addEvent(`${prefix}Scheduled`, { ...details, ...limits })
      execution.addEvent(`${prefix}Started`, isFunction ? undefined : resourceDetails)
    },
    submitted({ text }: Payload): void {
      execution.addEvent('TaskSubmitted', { ...resourceDetails, output: text, outputDetails: notTruncated })
    },
    succeeded({ text }: Payload): void {
      execution.addEvent(`${prefix}Succeeded`, {
        ...resourceDetails,
        output: text,
        outputDetails: notTruncated,
      })
    },
    failed({ error, cause }: StateFailure): void {
      const type = /^States\.(Heartbeat)?Timeout$/.test(error) ? 'TimedOut' : 'Failed'
      execution.addEvent(`${prefix}${type}`, {
        ...resourceDetails,
        ...(error && { error }),
        ...(cause && { cause }),
      })
    },
  }
}
