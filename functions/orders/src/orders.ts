import { type Circuit, type FallbackContext, isCallTimeoutError } from '@breakwater/circuit'
import type { Charge } from './payments.ts'
import type { Order } from './validate.ts'

/** The receipt of an order that was taken: its charge is made, or pending. */
export type Receipt =
  | {
      readonly status: 'charged'
      readonly via: 'provider'
      readonly chargeId: string
      readonly amount: number
      readonly currency: string
    }
  | {
      readonly status: 'pending'
      readonly via: 'fallback'
      /** `rejected`: the provider was not called. `failed`: it was called, and may have charged. */
      readonly cause: FallbackContext['cause']
      readonly reason: PendingReason
    }

/** Why a charge is pending. */
export type PendingReason = 'circuit-open' | 'timeout' | 'provider-error' | 'provider-unreachable'

/** The dependencies of {@link takeOrder}. */
export interface OrderDependencies {
  readonly circuit: Pick<Circuit, 'run'>
  readonly charge: (order: Order, signal: AbortSignal) => Promise<Charge>
}

/**
 * Charges an order through the circuit. While the provider is down the order is taken all the same, with a pending
 * receipt.
 *
 * @param deadline the time by which there must be a receipt, in epoch ms.
 * @throws ProviderError when the provider refuses the charge: that is an answer, not an outage.
 */
export function takeOrder(
  order: Order,
  { circuit, charge }: OrderDependencies,
  deadline: number,
): Promise<Receipt> {
  const charged = async (signal: AbortSignal): Promise<Receipt> => {
    const { chargeId } = await charge(order, signal)
    return { status: 'charged', via: 'provider', chargeId, amount: order.amount, currency: order.currency }
  }
  return circuit.run(charged, {
    deadline,
    fallback: (error, { cause }): Receipt => {
      const reason = cause === 'rejected' ? 'circuit-open' : reasonOf(error)
      return { status: 'pending', via: 'fallback', cause, reason }
    },
  })
}

function reasonOf(error: unknown): PendingReason {
  if (isCallTimeoutError(error)) return 'timeout'
  // fetch throws a TypeError when there was no whole answer; any other error is an answer without a charge.
  return error instanceof TypeError ? 'provider-unreachable' : 'provider-error'
}
