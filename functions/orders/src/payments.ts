import type { Order } from './validate.ts'

/** A charge that the provider made. */
export interface Charge {
  readonly chargeId: string
}

/** The error of an answer of the provider that is no charge. The circuit's `classify` reads `status` and `response`. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError'
  readonly status: number
  readonly response: { readonly headers: Headers }

  constructor(status: number, headers: Headers) {
    super(`the payment provider answered ${status}`)
    this.status = status
    this.response = { headers }
  }
}

/**
 * Makes the function that charges orders at a provider. It may be called again for the same order: the order's id
 * is the idempotency key, so that a charge whose answer was lost is not made twice.
 *
 * @example
 * const charge = chargeAt(new URL('https://payments.example.com/charges'))
 */
export function chargeAt(url: URL): (order: Order, signal: AbortSignal) => Promise<Charge> {
  return async ({ orderId, customerId, amount, currency }, signal) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': orderId },
      body: JSON.stringify({ orderId, customerId, amount, currency }),
      // A redirected charge would not reach the provider.
      redirect: 'error',
      signal,
    })
    if (!response.ok) {
      // An unread body would keep the connection from being used again.
      await response.body?.cancel()
      throw new ProviderError(response.status, response.headers)
    }
    const id = ((await response.json()) as { id?: unknown } | null)?.id
    if (typeof id !== 'string') throw new Error('the payment provider answered without the id of a charge')
    return { chargeId: id }
  }
}
