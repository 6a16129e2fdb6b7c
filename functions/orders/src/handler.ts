import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { Metrics } from '@aws-lambda-powertools/metrics'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import { circuitFromEnvironment } from '@breakwater/dynamodb'
import { circuitLogger, circuitMetrics, escapingReplacer } from '@breakwater/powertools'
import middy from '@middy/core'
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda'
import { answer, type Result } from './api.ts'
import { readConfig } from './config.ts'
import { chargeAt } from './payments.ts'

const { paymentUrl } = readConfig(process.env)
const {
  POWERTOOLS_SERVICE_NAME: serviceName = 'orders',
  POWERTOOLS_METRICS_NAMESPACE: namespace = 'Breakwater',
} = process.env

const logger = new Logger({ serviceName, jsonReplacerFn: escapingReplacer })
const metrics = new Metrics({ serviceName, namespace })

// The provider normally answers in half a second.
const payments = circuitFromEnvironment('payments', { timeoutMs: 3_000 })
payments.on(circuitLogger(logger))
payments.on(circuitMetrics(metrics))

const dependencies = { circuit: payments, charge: chargeAt(paymentUrl), record }

function record(result: Result, details: Readonly<Record<string, unknown>>): void {
  metrics.addMetric(result, 'Count', 1)
  const level =
    result === 'Error' ? 'error' : result === 'OrderPending' || result === 'OrderRefused' ? 'warn' : 'debug'
  logger[level](result, details)
}

/** The time kept for the answer and for writing the outcome before the platform ends the invocation, in ms. */
const marginMs = 500

function deadlineOf(context: Context): number {
  const left = context.getRemainingTimeInMillis()
  return Date.now() + Math.max(left - marginMs, left / 2)
}

// Reads the circuit's state while the environment starts, so that the first order does not wait for it.
await payments.refresh()

/** Answers `POST /orders` and `GET /health` of a REST API. */
export const handler = middy<APIGatewayProxyEvent, APIGatewayProxyResult>(
  (event: APIGatewayProxyEvent, context: Context) => answer(event, dependencies, deadlineOf(context)),
)
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .use(logMetrics(metrics, { captureColdStartMetric: true }))
