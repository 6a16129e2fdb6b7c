import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import type { CircuitEvent } from '@breakwater/circuit'
import { DynamoDbStore } from '@breakwater/dynamodb'
import { circuitLogger, circuitMetrics, escapingReplacer } from '@breakwater/powertools'
import type { Context } from 'aws-lambda'
import { readConfig } from './config.ts'
import { Gate, type GateAnswer } from './gate.ts'
import { BadRequest, readRequest } from './request.ts'

const { circuitTable, policies, ignored } = readConfig(process.env)
const {
  POWERTOOLS_SERVICE_NAME: serviceName = 'circuit-gate',
  POWERTOOLS_METRICS_NAMESPACE: namespace = 'Breakwater',
} = process.env

const logger = new Logger({ serviceName, jsonReplacerFn: escapingReplacer })
const metrics = new Metrics({ serviceName, namespace })
// A new connection takes longer than a request, and a workflow can wait.
const store = new DynamoDbStore({ tableName: circuitTable, requestTimeoutMs: 2_000 })
const listeners = [circuitLogger(logger), circuitMetrics(metrics)]
const listener = (event: CircuitEvent) => {
  for (const listen of listeners) listen(event)
}
const gate = new Gate({ store, policies, ignored, listener })

// The start of the environment has CPU to spare, and the first workflow does not wait.
await store.warm()

/**
 * Takes permits (`acquire`) and records outcomes (`record`) for workflows.
 *
 * @throws BadRequest, which a workflow sees as `Breakwater.BadRequest`; any other error is a defect.
 */
export async function handler(event: unknown, context: Context): Promise<GateAnswer> {
  logger.addContext(context)
  metrics.captureColdStartMetric(context.functionName)
  try {
    const request = readRequest(event)
    const answer = await gate.answer(request)
    const result = resultOf(answer)
    metrics.addMetric(result, 'Count', 1)
    logger.debug(result, { request, answer })
    return answer
  } catch (error) {
    const bad = error instanceof BadRequest
    metrics.addMetric(bad ? 'BadRequest' : 'Error', 'Count', 1)
    logger.error(bad ? error.message : 'The gate failed', { error })
    throw error
  } finally {
    metrics.publishStoredMetrics()
  }
}

/** The result of a request, which is the name of a metric. */
function resultOf(answer: GateAnswer): string {
  if ('outcome' in answer) return 'OutcomeRecorded'
  if (!answer.admitted) return 'PermitRefused'
  return answer.token.generation === -1 ? 'PermitGrantedUnverified' : 'PermitGranted'
}
