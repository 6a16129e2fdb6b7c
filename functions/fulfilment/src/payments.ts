import { StepError } from './errors.ts'
import type { Order } from './request.ts'

/** Charges and refunds orders; a request may be repeated with the same key. */
export interface Payments {
  /** Returns the id of the charge. */
  charge(order: Order, key: string, signal: AbortSignal): Promise<string>
  /** Refunds the charge with the key `charged`. Returns the id of the refund; undefined where there was no charge. */
  refund(order: Order, key: string, charged: string, signal: AbortSignal): Promise<string | undefined>
}

/** The maximum charge of the simulated provider, in the smallest unit of any currency. */
const maxAmount = 1_000_000

/** Simulates payments: amounts above 10,000.00 are declined. */
export const simulatedPayments: Payments = {
  async charge({ amount = 0 }, key) {
    if (amount > maxAmount) throw new StepError('PaymentDeclined', `the payment of ${amount} was declined`)
    return `ch-${key}`
  },
  refund: async (_, key) => `re-${key}`,
}

/**
 * Pays at a provider: charges are posted to `url`, refunds to `refunds` beside it.
 *
 * @example
 * const payments = paymentsAt(new URL('https://payments.example.com/charges')) // and …/refunds
 */
export function paymentsAt(url: URL): Payments {
  const refunds = new URL('refunds', url)
  return {
    async charge({ orderId, customerId, amount, currency }, key, signal) {
      const id = await post(url, key, { orderId, customerId, amount, currency }, signal)
      return id ?? refused(404)
    },
    // Only the provider knows, by the key, whether the charge was made.
    refund: ({ orderId }, key, charged, signal) => post(refunds, key, { orderId, charge: charged }, signal),
  }
}

/** Returns the id of the charge or refund; undefined for 404. */
async function post(url: URL, key: string, body: object, signal: AbortSignal): Promise<string | undefined> {
  let response: Response
  let answer: unknown
  try {
    response = await fetch(url, {
      method: 'POST',
      // Names of executions may have characters that headers may not.
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': encodeURI(key.toWellFormed()) },
      body: JSON.stringify(body),
      // A redirected charge would not reach the provider.
      redirect: 'error',
      signal,
    })
    if (response.ok) answer = await response.json()
    // An unread body would keep the connection from being used again.
    else await response.body?.cancel()
  } catch (cause) {
    if (signal.aborted)
      throw new StepError('PaymentTimeout', 'the payment provider did not answer in time', { cause })
    throw new StepError('PaymentUnavailable', 'the payment provider brought no whole answer', { cause })
  }
  const { ok, status } = response
  if (status === 404) return undefined
  if (status === 402) throw new StepError('PaymentDeclined', 'the payment was declined')
  if ([408, 425, 429].includes(status) || status >= 500)
    throw new StepError('PaymentUnavailable', `the payment provider answered ${status}`)
  if (!ok) return refused(status)
  const id = (answer as { id?: unknown } | null)?.id
  if (typeof id === 'string') return id
  throw new StepError('PaymentUnavailable', 'the payment provider answered without an id')
}

function refused(status: number): never {
  throw new StepError('PaymentRefused', `the payment provider answered ${status}`)
}
