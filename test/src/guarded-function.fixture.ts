import { type CircuitStatus, observeAll } from '@breakwater/circuit'
import { circuitFromEnvironment } from '@breakwater/dynamodb'
import { circuitMetrics } from '@breakwater/powertools'

/** Names of the metrics that were written. */
const written: string[] = []
const metrics = {
  singleMetric: () => ({ addDimension: () => {}, addMetric: (name: string) => written.push(name) }),
}
observeAll(circuitMetrics(metrics, { everyMs: 0 }))

const circuit = circuitFromEnvironment(`${process.env.CIRCUIT_NAME}`, { consecutiveFailures: 5 })

/** Fails so often, then says how its circuit is. */
export async function handler({ fail }: { fail: number }): Promise<CircuitStatus & { written: string[] }> {
  await circuit.run(async () => {})
  for (let call = 0; call < fail; call++)
    await circuit.run(() => Promise.reject(new Error('down'))).catch(() => {})
  return { ...circuit.status(), written }
}
