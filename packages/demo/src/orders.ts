import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DemoStack } from './demo-stack.ts'

/** An order that the orders function takes. */
export function exampleOrder(): Record<string, unknown> {
  return { orderId: randomUUID(), amount: 4_200, currency: 'EUR' }
}

/** The input of a workflow that charges through the circuit. */
export function guardedCharge(): Record<string, unknown> {
  return { target: 'charge', payload: { order: exampleOrder() }, timeoutSeconds: 2 }
}

/** The outcome of an order that a workflow fulfils. */
export interface Fulfilment {
  readonly name: string
  readonly status: number
  /** `FULFILLED`, or the error. */
  readonly outcome: string
}

/**
 * Sends an order to the fulfilment workflow and waits for its end.
 *
 * @param country there is no delivery to `AQ`: the workflow undoes all that it has done.
 */
export async function fulfilOrder(
  { workflows }: Pick<DemoStack, 'workflows'>,
  country: string,
  signal: AbortSignal,
): Promise<Fulfilment> {
  const url = `${workflows.url}/workflows/orders`
  const { fetch } = workflows.shop
  const headers = { 'Content-Type': 'application/json' }
  const name = randomUUID()
  const order = { ...exampleOrder(), orderId: name, items: [{ sku: 'book', quantity: 1 }], country }
  const body = JSON.stringify({ order })
  const started = await fetch(url, { method: 'POST', headers, body, signal })
  let status = started.status
  let text = await started.text()
  for (let polls = 0; status === 202 && polls < 100; polls++) {
    if (polls > 0) await sleep(100, undefined, { signal })
    const answer = await fetch(`${url}/${name}`, { signal })
    status = answer.status
    text = await answer.text()
  }
  const { status: done, error } = JSON.parse(text) as { status?: string; error?: string }
  return { name, status, outcome: error ?? done ?? text.slice(0, 100) }
}
