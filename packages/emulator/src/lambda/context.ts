import type { Context } from 'aws-lambda'
import type { Invocation } from './messages.ts'

/** The context object of one invocation, filled from the environment variables that Lambda sets. */
export function createContext(invocation: Invocation, env: NodeJS.ProcessEnv = process.env): Context {
  const name = env.AWS_LAMBDA_FUNCTION_NAME ?? 'function'
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: name,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION ?? '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${env.AWS_REGION}:123456789012:function:${name}`,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? '128',
    awsRequestId: invocation.requestId,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME ?? `/aws/lambda/${name}`,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME ?? '',
    getRemainingTimeInMillis: () => Math.max(0, invocation.deadline - Date.now()),
    // Callback style is gone from Lambda's Node 24 runtime; the type still wants its methods.
    done: noCallbacks,
    fail: noCallbacks,
    succeed: noCallbacks,
  }
}

function noCallbacks(): never {
  throw new Error('This runtime takes async handlers only: return the answer, or throw')
}
