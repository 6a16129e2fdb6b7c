import { StepError } from './errors.ts'
import type { Order } from './request.ts'

/** Takes money and gives it back; may be asked again with the same key. */
export interface Payments {
  /** Answers the id of the charge. */
  charge(order: Order, key: string, signal: AbortSignal): Promise<string>
  /** Gives back what was charged under the key `charged`. Answers the id of the refund; undefined where nothing was. */
  refund(order: Order, key: string, charged: string, signal: AbortSignal): Promise<string | undefined>
}

/** The pretended bank lends no more, in the smallest unit of any currency. */
const limit = 1_000_000

/** Pretends to pay: what is above 10,000.00 is declined. */
export const pretended: Payments = {
  async charge({ amount = 0 }, key) {
    if (amount > limit) throw new StepError('PaymentDeclined', `the payment of ${amount} was declined`)
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
    // Whether the charge was made is unknown here; its key decides that.
    refund: ({ orderId }, key, charged, signal) => post(refunds, key, { orderId, charge: charged }, signal),
  }
}

/** Answers the id of what was made; undefined for 404. */
async function post(url: URL, key: string, body: object, signal: AbortSignal): Promise<string | undefined> {
  let response: Response
  let answer: unknown
  try {
    response = await fetch(url, {
      method: 'POST',
      // Names of executions may hold letters that headers may not.
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': encodeURI(key.toWellFormed()) },
      body: JSON.stringify(body),
      // A charge that is sent somewhere else is not a charge.
      redirect: 'error',
      signal,
    })
    if (response.ok) answer = await response.json()
    // Unread, it would keep the connection from being used again.
    else await response.body?.cancel()
  } catch (cause) {
    if (signal.aborted)
      throw new StepError('PaymentTimeout', 'the payment provider did not answer in time', { cause })
    throw new StepError('PaymentUnavailable', 'the payment provider brought no whole answer', { cause })
  }
  const { ok, status } = response
  if (status === 404) return undefined
  if (status === 402) throw new StepError('PaymentDeclined', 'the payment was declined')
  if (status === 429 || status >= 500)
    throw new StepError('PaymentUnavailable', `the payment provider answered ${status}`)
  if (!ok) return refused(status)
  const id = (answer as { id?: unknown } | null)?.id
  if (typeof id === 'string') return id
  throw new StepError('PaymentUnavailable', 'the payment provider answered without an id')
}

function refused(status: number): never {
  throw new StepError('PaymentRefused', `the payment provider answered ${status}`)
}
