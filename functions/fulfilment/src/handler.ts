import { Logger } from '@aws-lambda-powertools/logger'
import { escapingReplacer } from '@breakwater/powertools'
import type { Context } from 'aws-lambda'
import { readConfig } from './config.ts'
import { StepError } from './errors.ts'
import { paymentsAt, simulatedPayments } from './payments.ts'
import { readRequest } from './request.ts'
import { fulfilment, type StepResult } from './steps.ts'

const { paymentUrl } = readConfig(process.env)
const { POWERTOOLS_SERVICE_NAME: serviceName = 'fulfilment' } = process.env

const logger = new Logger({ serviceName, jsonReplacerFn: escapingReplacer })
const run = fulfilment(paymentUrl ? paymentsAt(paymentUrl) : simulatedPayments)

/** The time kept for a named error before the platform ends the invocation, in ms. */
const marginMs = 500

/**
 * Does one step of an order.
 *
 * @throws StepError, which a workflow sees by its name.
 */
export async function handler(event: unknown, context: Context): Promise<StepResult> {
  logger.addContext(context)
  const controller = new AbortController()
  const left = context.getRemainingTimeInMillis()
  const timer = setTimeout(() => controller.abort(), Math.max(left - marginMs, left / 2))
  try {
    const request = readRequest(event)
    const result = await run(request, controller.signal)
    const { step, order, idempotencyKey } = request
    logger.info(`${step} done`, { orderId: order.orderId, idempotencyKey, result })
    return result
  } catch (error) {
    if (error instanceof StepError) logger.warn(error.message, { error })
    else logger.error('A step failed by a fault', { error })
    throw error
  } finally {
    clearTimeout(timer)
  }
}
