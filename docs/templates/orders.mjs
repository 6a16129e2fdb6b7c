import { circuitFromEnvironment } from '@breakwater/dynamodb'
import { charge } from './charge.mjs'

const payments = circuitFromEnvironment('payments', { timeoutMs: 3_000 })

/** A function that guards its own call, by the same circuit as the state machine. */
export async function handler(order) {
  return payments.run(signal => charge(order, signal), { fallback: () => ({ status: 'pending' }) })
}
