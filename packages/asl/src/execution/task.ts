import { mostSeconds } from '../definition/fields.ts'
import type { TaskState } from '../definition/model.ts'
import { StateFailure, TaskError } from '../errors.ts'
import type { TaskContext } from '../types.ts'
import type { Json } from '../values.ts'
import { type Payload, payload } from './branch.ts'
import { type Left, type Visit, whole } from './state-execution.ts'
import { after } from './timers.ts'

interface Limits {
  readonly timeoutSeconds: number | undefined
  readonly heartbeatSeconds: number | undefined
}

/** Tries a task once. */
export async function runTask(state: TaskState, visit: Visit): Promise<Left> {
  const { around } = visit.strand
  const waits = state.resource.pattern === 'WAIT_FOR_TASK_TOKEN'
  visit.token = waits ? around.newToken() : undefined
  const args = state.arguments ? payload(await visit.evaluate(state.arguments)) : visit.input
  visit.check(args)
  if (state.credentials) await visit.evaluate(state.credentials)
  const limits: Limits = {
    timeoutSeconds: await visit.number(state.timeoutSeconds, 'TimeoutSeconds', 1, mostSeconds),
    heartbeatSeconds: await visit.number(state.heartbeatSeconds, 'HeartbeatSeconds', 1, mostSeconds),
  }
  const events = taskEvents(state, visit)
  events.scheduled(args, limits)
  let result: Payload
  try {
    result = payload(
      await work(state, visit, args, limits, submitted => events.submitted(payload(submitted))),
    )
    visit.check(result)
  } catch (error) {
    if (error instanceof StateFailure) events.failed(error)
    throw error
  }
  events.succeeded(result)
  return visit.leave(state, state.next, result, { result: result.value })
}

/** Runs a task until it answers, fails, or has run out of time. Afterwards nothing of it is left. */
function work(
  { name, resource }: TaskState,
  visit: Visit,
  args: Payload,
  { timeoutSeconds, heartbeatSeconds }: Limits,
  onSubmitted: (answer: Json) => void,
): Promise<Json> {
  const { strand, token } = visit
  const { clock, tokens, integrations } = strand.around
  const abort = new AbortController()
  return new Promise((resolve, reject) => {
    const cleaners: (() => void)[] = []
    let isOver = false

    const end = (settle: () => void) => {
      if (isOver) return
      isOver = true
      for (const clean of cleaners) clean()
      settle()
    }
    const give = (value: Json) => end(() => resolve(value))
    const fail = (error: Error) => {
      end(() => {
        reject(error)
        abort.abort(error)
      })
    }
    const timer = (seconds: number, error: string) => {
      return after(clock, seconds * 1_000, () => fail(new StateFailure(error)))
    }

    if (timeoutSeconds !== undefined) cleaners.push(timer(timeoutSeconds, 'States.Timeout'))
    let stopHeartbeat = () => {}
    const beat = () => {
      stopHeartbeat()
      if (heartbeatSeconds !== undefined) stopHeartbeat = timer(heartbeatSeconds, 'States.HeartbeatTimeout')
    }
    beat()
    cleaners.push(() => stopHeartbeat())
    if (token !== undefined) {
      const named = (error: string, cause: string) => fail(new StateFailure(error, cause))
      cleaners.push(tokens.add(token, { succeed: give, fail: named, heartbeat: beat }))
    }
    cleaners.push(strand.cancellation.add(fail))

    const context: TaskContext = {
      state: name,
      resource,
      retryCount: visit.retryCount,
      signal: abort.signal,
      clock,
      taskToken: token,
      context: visit.context,
      sendTaskSuccess: (token, output) => tokens.succeed(token, output),
      sendTaskFailure: (token, error, cause) => tokens.fail(token, error, cause),
      sendTaskHeartbeat: token => tokens.heartbeat(token),
    }
    call(() => integrations(JSON.parse(args.text), context)).then(
      answer => {
        if (isOver) return
        if (token === undefined) give(answer)
        else onSubmitted(answer)
      },
      (error: unknown) => fail(failureOf(error)),
    )
  })
}

async function call(integration: () => unknown): Promise<Json> {
  const answer = await integration()
  if (answer === undefined) return null
  try {
    return JSON.parse(JSON.stringify(answer) ?? 'null')
  } catch (error) {
    // As Lambda calls it.
    throw new TaskError('Runtime.MarshalError', `Unable to stringify response body: ${String(error)}`)
  }
}

/** As Lambda reports what a function throws. */
function failureOf(error: unknown): StateFailure {
  if (error instanceof TaskError) return new StateFailure(error.error, error.cause)
  const isError = error instanceof Error
  const errorType = isError ? error.name : typeof error
  const errorMessage = isError ? error.message : String(error)
  return new StateFailure(errorType, JSON.stringify({ errorType, errorMessage }))
}

/** Writes a try of a task into the history. */
function taskEvents({ resource }: TaskState, visit: Visit) {
  const isFunction = resource.kind === 'function'
  const prefix = isFunction ? 'LambdaFunction' : 'Task'
  const about = isFunction ? {} : { resourceType: resource.type, resource: resource.name }
  return {
    scheduled({ text }: Payload, { timeoutSeconds, heartbeatSeconds }: Limits): void {
      const limits = {
        ...(timeoutSeconds !== undefined && { timeoutInSeconds: timeoutSeconds }),
        ...(heartbeatSeconds !== undefined && !isFunction && { heartbeatInSeconds: heartbeatSeconds }),
      }
      const what = isFunction
        ? { resource: resource.arn, input: text, inputDetails: whole }
        : { ...about, region: visit.strand.around.region, parameters: text }
      visit.note(`${prefix}Scheduled`, { ...what, ...limits })
      visit.note(`${prefix}Started`, isFunction ? undefined : about)
    },
    submitted({ text }: Payload): void {
      visit.note('TaskSubmitted', { ...about, output: text, outputDetails: whole })
    },
    succeeded({ text }: Payload): void {
      visit.note(`${prefix}Succeeded`, { ...about, output: text, outputDetails: whole })
    },
    failed({ error, cause }: StateFailure): void {
      const type = /^States\.(Heartbeat)?Timeout$/.test(error) ? 'TimedOut' : 'Failed'
      visit.note(`${prefix}${type}`, { ...about, ...(error && { error }), ...(cause && { cause }) })
    },
  }
}
