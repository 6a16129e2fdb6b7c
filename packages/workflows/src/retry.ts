import type { Retrier } from './definition.ts'

/** The error of Lambda when a function has no execution environment left for a call. */
export const throttledByLambda = 'Lambda.TooManyRequestsException'

/**
 * A retrier for Lambda functions: for faults of the service and for throttling (which CDK's default leaves out), never
 * for errors of the function itself. At most 3 more attempts, after random waits of at most 1, 2 and 4 seconds.
 *
 * @example
 * const retry = [{ ...lambdaRetry, MaxAttempts: 5 }, { ErrorEquals: ['RateLimited'], IntervalSeconds: 5 }]
 */
export const lambdaRetry: Retrier = {
  ErrorEquals: [
    throttledByLambda,
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
  ],
  IntervalSeconds: 1,
  MaxAttempts: 3,
  BackoffRate: 2,
  MaxDelaySeconds: 10,
  JitterStrategy: 'FULL',
}

/**
 * A retrier for HTTP tasks: for lost connections and for the statuses 429, 502, 503 and 504. Otherwise as {@link lambdaRetry}.
 *
 * @example
 * const retry = [{ ...httpRetry, MaxDelaySeconds: 30 }]
 */
export const httpRetry: Retrier = {
  ...lambdaRetry,
  ErrorEquals: [
    'States.Http.Socket',
    'States.Http.StatusCode.429',
    'States.Http.StatusCode.502',
    'States.Http.StatusCode.503',
    'States.Http.StatusCode.504',
  ],
}

/** An explicit "no retry". */
export const noRetry: Retrier = { ErrorEquals: ['States.ALL'], MaxAttempts: 0 }

/** Names that cover Lambda's throttling among other errors. */
const wildcards = ['States.ALL', 'States.TaskFailed']

/** True where a retrier covers throttling by Lambda. */
export function coversThrottling({ ErrorEquals }: Retrier): boolean {
  return ErrorEquals.some(name => name === throttledByLambda || wildcards.includes(name))
}

/** True for a resource that runs a Lambda function. */
export function isLambdaTask(resource: string): boolean {
  return /:states:::lambda:invoke|:lambda:[^:]*:[^:]*:function:/.test(resource)
}

/** True for a resource that calls an HTTP endpoint. */
export function isHttpTask(resource: string): boolean {
  return resource.includes(':states:::http:invoke')
}

/** Fills in what a retrier leaves to Step Functions, whose own defaults are no cap and no jitter. */
export function withDefaults(retriers: readonly Retrier[], resource: string): readonly Retrier[] {
  if (retriers.length === 0) return [noRetry]
  const { ErrorEquals, ...defaults } = lambdaRetry
  const full = retriers.map(retrier => {
    if (retrier.MaxAttempts === 0) return retrier
    const { IntervalSeconds = 1 } = retrier
    return { ...defaults, MaxDelaySeconds: 10 * IntervalSeconds, ...retrier }
  })
  const covered = !isLambdaTask(resource) || full.some(coversThrottling)
  return covered ? full : [...full, { ...lambdaRetry, ErrorEquals: [throttledByLambda] }]
}

/** The worst case of all retriers: how often the task is run, and how many seconds of waits lie in between. */
export function worstCase(retriers: readonly Retrier[]): { runs: number; waits: number } {
  let runs = 1
  let waits = 0
  for (const {
    MaxAttempts = 3,
    IntervalSeconds = 1,
    BackoffRate = 2,
    MaxDelaySeconds = Infinity,
  } of retriers) {
    runs += MaxAttempts
    for (let n = 0; n < MaxAttempts; n++)
      waits += Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** n)
  }
  return { runs, waits }
}
