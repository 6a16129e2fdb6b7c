import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { Metrics } from '@aws-lambda-powertools/metrics'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'

/** An invocation, far from its end. */
export const event = { httpMethod: 'GET', path: '/' }
export const context = {
  functionName: 'bench',
  awsRequestId: 'request',
  getRemainingTimeInMillis: () => 30_000,
} as Context
export const answer = { statusCode: 200, body: '42' }

/** Powertools as deployed, but that their lines go nowhere: standard output is that of the results. */
export function quietPowertools(): { readonly logger: Logger; readonly metrics: Metrics } {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const console = new Console({ stdout: nowhere, stderr: nowhere })
  const quiet = <T extends object>(output: T): T => {
    Reflect.set(output, 'console', console)
    return output
  }
  const metrics = quiet(new Metrics({ serviceName: 'orders', namespace: 'bench' }))
  const single = metrics.singleMetric.bind(metrics)
  metrics.singleMetric = () => quiet(single())
  return { logger: quiet(new Logger({ serviceName: 'orders' })), metrics }
}

/** A handler that writes a metric, as most do, and the chain of middlewares around it or around a guard of it. */
export function deployedChain() {
  const { logger, metrics } = quietPowertools()
  const handle = async () => {
    metrics.addMetric('OrderPlaced', 'Count', 1)
    return answer
  }
  const around = (handler: typeof handle) =>
    middy(handler)
      .use(injectLambdaContext(logger, { resetKeys: true }))
      .use(logMetrics(metrics))
  const plain = around(handle)
  return { logger, metrics, handle, around, bare: () => plain(event, context) }
}
