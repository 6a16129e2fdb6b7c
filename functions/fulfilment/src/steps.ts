import { StepError } from './errors.ts'
import { remember } from './once.ts'
import type { Payments } from './payments.ts'
import type { Item, Step, StepRequest } from './request.ts'

/** What a step answers: ids of what was done. */
export type StepResult = Readonly<Record<string, unknown>>

type Work = (request: StepRequest, payments: Payments, signal: AbortSignal) => Promise<StepResult>

/** How much there is of each thing. It is not used up: the same order ends the same way every time. */
const stock: Readonly<Record<string, number>> = { book: 1_000, lamp: 100, pen: 10_000, chair: 10 }

/** Where no carrier goes: Antarctica, and the islands around it. */
const unreachable = ['AQ', 'BV', 'GS', 'HM', 'TF']

// Ids follow from the keys alone, so that every environment answers the same.
const works: Readonly<Record<Step, Work>> = {
  async reserve({ idempotencyKey, item, order }) {
    const items = item ? [item] : (order.items ?? [])
    for (const wanted of items) checkStock(wanted)
    return { reservationId: `res-${idempotencyKey}`, items }
  },
  release: async ({ undoes }) => ({ reservationId: `res-${undoes}`, released: true }),
  async charge({ idempotencyKey, order }, payments, signal) {
    const chargeId = await payments.charge(order, idempotencyKey, signal)
    return { chargeId, amount: order.amount, currency: order.currency }
  },
  async refund({ idempotencyKey, undoes, order }, payments, signal) {
    const refundId = await payments.refund(order, idempotencyKey, undoes, signal)
    return refundId === undefined ? { refunded: false } : { refundId, refunded: true }
  },
  async ship({ idempotencyKey, order: { country = 'PT' } }) {
    if (unreachable.includes(country)) throw new StepError('Undeliverable', `no carrier goes to ${country}`)
    return { shipmentId: `shp-${idempotencyKey}`, country }
  },
  unship: async ({ undoes }) => ({ shipmentId: `shp-${undoes}`, cancelled: true }),
  notify: async ({ idempotencyKey, order }) => ({
    notificationId: `ntf-${idempotencyKey}`,
    notice: `Order ${order.orderId} is on its way`,
  }),
}

/**
 * Makes what does the steps of an order, each once for each key.
 *
 * @throws StepError, which says by its name what is wrong.
 * @example
 * const run = fulfilment(pretended)
 * await run(readRequest({ step: 'ship', order: { orderId: 'order-1' } }), AbortSignal.timeout(3_000))
 */
export function fulfilment(
  payments: Payments,
): (request: StepRequest, signal: AbortSignal) => Promise<StepResult> {
  const once = remember<StepResult>()
  return (request, signal) => {
    const { step, idempotencyKey } = request
    return once(`${step} ${idempotencyKey}`, () => works[step](request, payments, signal))
  }
}

function checkStock({ sku, quantity }: Item): void {
  const there = Object.hasOwn(stock, sku) ? stock[sku]! : 0
  if (quantity > there) throw new StepError('OutOfStock', `${sku}: ${quantity} ordered, ${there} in stock`)
}
