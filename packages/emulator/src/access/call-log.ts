import type { ServiceCall } from './service-call.ts'

/** The calls of a stack so far. */
export interface CallLog {
  /** For `onServiceCall`. */
  readonly record: (call: ServiceCall) => void
  /** Every different call once, in the order in which they were first made. */
  all(): readonly ServiceCall[]
}

/**
 * Keeps the calls of a stack, each different one once, however often it is made.
 *
 * @example
 * const calls = createCallLog()
 * const stack = await startStack(readAssembly('cdk.out'), { onServiceCall: calls.record })
 * // play what the stack is for, then
 * for (const call of calls.all()) console.log(call.role?.id, call.action, call.resource)
 */
export function createCallLog(): CallLog {
  const calls = new Map<string, ServiceCall>()
  return {
    record(call) {
      const key = JSON.stringify(call)
      if (!calls.has(key)) calls.set(key, call)
    },
    all: () => [...calls.values()],
  }
}
