import { StepError } from './errors.ts'
import type { Payments } from './payments.ts'
import type { Item, Step, StepRequest } from './request.ts'

/** The result of a step: ids of the reservation, charge or shipment, for example. */
export type StepResult = Readonly<Record<string, unknown>>

type StepFunction = (request: StepRequest, payments: Payments, signal: AbortSignal) => Promise<StepResult>

/** The stock of each item. It never decreases, so that the same order always has the same result. */
const stock: Readonly<Record<string, number>> = { book: 1_000, lamp: 100, pen: 10_000, chair: 10 }

/** Countries without a carrier: Antarctica, and the islands around it. */
const unreachable = ['AQ', 'BV', 'GS', 'HM', 'TF']

// Ids are derived from the keys alone, so that every environment returns the same.
const stepFunctions: Readonly<Record<Step, StepFunction>> = {
  async reserve({ idempotencyKey, item, order }) {
    const items = item ? [item] : (order.items ?? [])
    for (const item of items) checkStock(item)
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
 * Makes the function that runs the steps of orders, each once for each key.
 *
 * @throws StepError, whose name is the reason.
 * @example
 * const run = fulfilment(simulatedPayments)
 * await run(readRequest({ step: 'ship', order: { orderId: 'order-1' } }), AbortSignal.timeout(3_000))
 */
export function fulfilment(
  payments: Payments,
): (request: StepRequest, signal: AbortSignal) => Promise<StepResult> {
  const once = remember<StepResult>()
  return (request, signal) => {
    const { step, idempotencyKey } = request
    return once(`${step} ${idempotencyKey}`, () => stepFunctions[step](request, payments, signal))
  }
}

function checkStock({ sku, quantity }: Item): void {
  const inStock = Object.hasOwn(stock, sku) ? stock[sku]! : 0
  if (quantity > inStock)
    throw new StepError('OutOfStock', `${sku}: ${quantity} ordered, ${inStock} in stock`)
}

/** The maximum number of answers kept; the oldest are dropped. */
const maxAnswers = 1_000

/**
 * Does work once for each key. A repeated request gets the answer from memory, also while the work is being done. Work
 * that fails is done again. This holds within one environment only: a charge that must be made once in the world needs
 * the key at the provider.
 *
 * @example
 * const once = remember<Receipt>()
 * await once('charge/order-1', () => charge(order))
 */
export function remember<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const answers = new Map<string, Promise<T>>()
  return (key, work) => {
    const remembered = answers.get(key)
    if (remembered) return remembered
    const answer = work()
    answers.set(key, answer)
    if (answers.size > maxAnswers) answers.delete(answers.keys().next().value!)
    answer.catch(() => answers.get(key) === answer && answers.delete(key))
    return answer
  }
}
