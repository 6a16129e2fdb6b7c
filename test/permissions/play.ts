import { type DemoStack, exampleOrder, fulfilOrder, guardedCharge, workflowHeaders } from '@breakwater/demo'

/** Settings of the circuit with which an outage and a recovery take seconds. */
export const quickCircuit = {
  windowMs: 2_000,
  minimumCalls: 5,
  openMs: 250,
  maxOpenMs: 500,
  recoveryMs: 300,
  refreshMs: 100,
  timeoutMs: 400,
} as const

/**
 * Orders and workflows in every state of the circuit: calls that succeed, fail, are refused, probe, and succeed again;
 * orders that are fulfilled, undone, and answered by a fallback.
 */
export async function playOrders(demo: DemoStack, signal: AbortSignal): Promise<void> {
  const post = (url: string, body: unknown, headers = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal,
    })
  const order = async () => (await post(`${demo.orders}/orders`, exampleOrder())).status
  const call = async () =>
    (await post(`${demo.workflows.url}/workflows/guarded-call`, guardedCharge(), workflowHeaders(demo)))
      .status
  const fault = (mode: string) =>
    fetch(`${demo.provider.url}/faults`, { method: 'PUT', body: JSON.stringify({ mode }), signal })
  const until = async (status: number, act: () => Promise<number>) => {
    while ((await act()) !== status) signal.throwIfAborted()
  }

  await fetch(`${demo.orders}/health`, { signal })
  await until(201, order)
  await until(200, call)
  await Promise.all([fulfilOrder(demo, 'PT', signal), fulfilOrder(demo, 'AQ', signal)])

  await fault('errors')
  await until(503, call)
  await Promise.all(Array.from({ length: 8 }, order))
  await Promise.all([fulfilOrder(demo, 'PT', signal), call(), order()])

  await fault('none')
  // The first of them probe.
  await until(200, call)
  await until(201, order)
  await fulfilOrder(demo, 'PT', signal)
}
