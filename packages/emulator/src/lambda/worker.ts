/**
 * The inside of an execution environment, as the Lambda runtime is for a function. Runs as a worker
 * thread, loads the bundle, and then takes one invocation after the other.
 *
 * Between two invocations the thread sleeps in `Atomics.wait`. That stops everything in it: timers,
 * sockets, promises. It is the freeze that Lambda puts an environment into, and a function that leaves
 * something running behind its answer finds it where it was, however much later.
 */
import { registerHooks } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { CircuitListener } from '@breakwater/circuit'
import { createContext } from './context.ts'
import type { EnvironmentData, EnvironmentMessage, Invocation, InvocationError } from './messages.ts'

type Handler = (event: unknown, context: unknown) => unknown

const { source, handler: exportName, bell } = workerData as EnvironmentData
const entry = 'file:///var/task/handler.mjs'

watchCircuits()
serve()

async function serve(): Promise<void> {
  const handler = await load()
  if (!handler) return
  post({ type: 'ready' })
  for (;;) await answer(handler, await nextInvocation())
}

function post(message: EnvironmentMessage): void {
  parentPort?.postMessage(message)
}

/** Every circuit of this process calls the listeners in this set. */
function watchCircuits(): void {
  const observers = new Set<CircuitListener>([event => post({ type: 'circuit', event })])
  Object.assign(globalThis, { [Symbol.for('breakwater.observers')]: observers })
}

/** The init phase: evaluates the bundle, from memory, under the path it would have in Lambda. */
async function load(): Promise<Handler | undefined> {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === entry ? { url: entry, shortCircuit: true } : next(specifier, context),
    load: (url, context, next) =>
      url === entry ? { format: 'module', source, shortCircuit: true } : next(url, context),
  })
  try {
    const handler = (await import(entry))[exportName]
    if (typeof handler === 'function') return handler
    throw Object.assign(new Error(`${exportName} is not exported or not a function`), {
      name: 'Runtime.HandlerNotFound',
    })
  } catch (error) {
    post({ type: 'init-failed', error: describe(error) })
  }
}

async function nextInvocation(): Promise<Invocation> {
  for (let rung = 0; ; ) {
    const received = parentPort && receiveMessageOnPort(parentPort)
    if (received) {
      // Whatever happened while this environment was frozen (a connection closed by its peer, a timer
      // that fell due) reaches it before the invocation does, as it would through Lambda's own event loop.
      // Twice, because the loop may have been stopped behind the point where it looks for news.
      await turn()
      await turn()
      return received.message
    }
    Atomics.wait(bell, 0, rung)
    rung = Atomics.load(bell, 0)
  }
}

async function answer(handler: Handler, invocation: Invocation): Promise<void> {
  const { requestId, traceId, event } = invocation
  process.env._X_AMZN_TRACE_ID = traceId
  try {
    const value = JSON.stringify(await handler(JSON.parse(event), createContext(invocation))) ?? 'null'
    post({ type: 'answered', requestId, value })
  } catch (error) {
    post({ type: 'threw', requestId, error: describe(error) })
  }
}

function describe(error: unknown): InvocationError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] }
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] }
}
