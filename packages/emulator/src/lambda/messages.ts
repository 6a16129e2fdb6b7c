import type { CircuitEvent } from '@breakwater/circuit'

/** One invocation, as the platform hands it to an environment. The event travels as JSON, as Lambda sends it. */
export interface Invocation {
  readonly requestId: string
  readonly traceId: string
  /** When the environment is killed, epoch ms. */
  readonly deadline: number
  readonly event: string
}

/** An error as Lambda reports it. */
export interface InvocationError {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace: readonly string[]
}

/** A message of an environment to the platform. */
export type EnvironmentMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'init-failed'; readonly error: InvocationError }
  | { readonly type: 'answered'; readonly requestId: string; readonly value: string }
  | { readonly type: 'threw'; readonly requestId: string; readonly error: InvocationError }
  | { readonly type: 'circuit'; readonly event: CircuitEvent }

/** The data that an environment starts with. */
export interface EnvironmentData {
  /** The bundled function, one ES module. */
  readonly source: string
  /** The name its handler is exported under. */
  readonly handler: string
  /** Rung (incremented, then notified) after every invocation is posted; the environment sleeps on it. */
  readonly bell: Int32Array
}
