import { Circuit, type CircuitEvent, type CircuitOptions } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import middy7 from '@middy/core'
import type { Context } from 'aws-lambda'
import middy6 from 'middy6'

/** Both supported versions; the parts that these tests use have the same types. */
export const versions = [
  { version: 'Middy 6', middy: middy6 as unknown as typeof middy7 },
  { version: 'Middy 7', middy: middy7 },
]

/** A Lambda context with the given time left. */
export function contextOf(remainingMs = 30_000): Context {
  return {
    functionName: 'test',
    awsRequestId: 'request',
    getRemainingTimeInMillis: () => remainingMs,
  } as unknown as Context
}

/** A circuit on a virtual clock, and its events. One failure opens it unless options say otherwise. */
export function circuitOf(options: CircuitOptions = { consecutiveFailures: 1 }, name = 'payments') {
  const clock = new VirtualClock()
  const events: CircuitEvent[] = []
  const circuit = new Circuit(name, {
    clock,
    random: () => 0.5,
    listener: event => void events.push(event),
    ...options,
  })
  const outcomes = () => events.flatMap(event => (event.type === 'call' ? [event.outcome] : []))
  return { circuit, clock, events, outcomes }
}

/** The same, with the circuit open for `retryAfterMs`. */
export async function openCircuit(retryAfterMs = 0, name = 'payments') {
  const opened = circuitOf({ consecutiveFailures: 1, openMs: 4_200 }, name)
  const permit = await opened.circuit.acquire()
  await permit.fail(retryAfterMs)
  opened.events.length = 0
  return opened
}

/** A promise, and the function that resolves it. */
export function deferred<T = unknown>() {
  let resolve!: (value: T) => void
  const promise = new Promise<T>(done => {
    resolve = done
  })
  return { promise, resolve }
}
