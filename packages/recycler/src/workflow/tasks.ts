import { type Json, lambdaRetry, type Retrier, type TaskWork } from '@breakwater/workflows'
import { expression } from './jsonata.ts'
import { unknownSourceError } from './protocol.ts'

/** The options of the workflow, with the defaults filled in. */
export interface ResolvedOptions {
  readonly planner: string
  readonly executor: string
  readonly bus: string
  readonly concurrency: number
  readonly partition: string
}

/** The name of this execution. */
export const executionName = '$states.context.Execution.Name'

/** As long as a function can take at most: its own timeout ends it before. */
const plannerSeconds = 900
const executorSeconds = 300

/** What a function fails with that ran out of time or memory. All that is asked of ours can be asked again. */
const crashed = ['Lambda.Unknown', 'Sandbox.Timedout']

const spread = { BackoffRate: 2, JitterStrategy: 'FULL' } as const

/** A request that makes no sense makes none the next time: a secret that is not there, above all. */
const neverAgain: Retrier = { ErrorEquals: ['TypeError', unknownSourceError], MaxAttempts: 0 }

/** Faults of Lambda and crashes, then any error of the function's own: some two minutes, less at random. */
const retries: readonly Retrier[] = [
  { ...lambdaRetry, IntervalSeconds: 2, MaxAttempts: 6, MaxDelaySeconds: 60 },
  {
    ...spread,
    ErrorEquals: [...crashed, 'States.TaskFailed', 'States.Timeout'],
    IntervalSeconds: 5,
    MaxAttempts: 4,
    MaxDelaySeconds: 60,
  },
]

/** While the circuit around UpdateService is open: up to some ten minutes, at random half of it. */
const whileOpen: Retrier = {
  ...spread,
  ErrorEquals: ['CircuitOpenError'],
  IntervalSeconds: 5,
  MaxAttempts: 10,
  MaxDelaySeconds: 120,
}

const invoke = ({ partition }: ResolvedOptions, FunctionName: string, payload: string) => ({
  Resource: `arn:${partition}:states:::lambda:invoke`,
  Arguments: { FunctionName, Payload: expression(payload) },
})

type Asked = TaskWork & { readonly Type: 'Task'; readonly Retry: readonly Retrier[] }

/** Asks the planner. `payload` is JSONata. */
export function askPlanner(options: ResolvedOptions, payload: string): Asked {
  const work = invoke(options, options.planner, payload)
  return { Type: 'Task', ...work, TimeoutSeconds: plannerSeconds, Retry: [neverAgain, ...retries] }
}

/** Asks the executor. */
export function askExecutor(options: ResolvedOptions, payload: string): Asked {
  const work = invoke(options, options.executor, payload)
  return { Type: 'Task', ...work, TimeoutSeconds: executorSeconds, Retry: [whileOpen, ...retries] }
}

/** Calls a service, by Step Functions' own integration. */
export function callService(
  { partition }: ResolvedOptions,
  action: string,
  args: Json,
  never: readonly string[] = [],
): Asked {
  const other: Retrier = {
    ...spread,
    ErrorEquals: ['States.TaskFailed', 'States.Timeout'],
    IntervalSeconds: 2,
    MaxAttempts: 5,
    MaxDelaySeconds: 60,
  }
  return {
    Type: 'Task',
    Resource: `arn:${partition}:states:::${action}`,
    Arguments: args,
    TimeoutSeconds: 60,
    Retry: never.length > 0 ? [{ ErrorEquals: never, MaxAttempts: 0 }, other] : [other],
  }
}
