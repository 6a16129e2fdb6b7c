import { type DemoStack, exampleOrder, fulfilOrder, guardedCharge, outcomeOf } from '@breakwater/demo'

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
  const json = { 'content-type': 'application/json' }
  const order = async () => {
    const init = { method: 'POST', headers: json, body: JSON.stringify(exampleOrder()), signal }
    const answer = await fetch(`${demo.orders}/orders`, init)
    return outcomeOf(answer.status, await answer.text()).kind
  }
  const call = async () => {
    const init = { method: 'POST', headers: json, body: JSON.stringify(guardedCharge()), signal }
    return (await demo.workflows.shop.fetch(`${demo.workflows.url}/workflows/guarded-call`, init)).status
  }
  const fault = (mode: string) =>
    fetch(`${demo.provider.url}/faults`, { method: 'PUT', body: JSON.stringify({ mode }), signal })
  const until = async <T>(wanted: T, act: () => Promise<T>) => {
    while ((await act()) !== wanted) signal.throwIfAborted()
  }

  await fetch(`${demo.orders}/health`, { signal })
  await until('succeeded', order)
  await until(200, call)
  await Promise.all([fulfilOrder(demo, 'PT', signal), fulfilOrder(demo, 'AQ', signal)])

  // Workflows open the circuit, and close it by their probes.
  await fault('errors')
  await until(503, call)
  await fault('none')
  await until(200, call)

  // The same by orders.
  await fault('errors')
  await until('failed', order)
  await until('rejected', order)
  await Promise.all([fulfilOrder(demo, 'PT', signal), call()])
  await fault('none')
  await until('succeeded', order)
  await until(200, call)
  await fulfilOrder(demo, 'PT', signal)
}
