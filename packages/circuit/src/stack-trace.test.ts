import { expect, it } from 'vitest'
import { Circuit, type CircuitOptions, type RunOptions } from './index.ts'
import { MemoryStore } from './shared/index.ts'

/** The part of a call that fails, one tick after it was made: the earliest at which its callers are no longer on the stack. */
const fails = async (): Promise<never> => {
  await null
  throw new Error('down')
}
const failsLater = async (): Promise<never> => {
  for (let tick = 0; tick < 10; tick++) await null
  throw new Error('down')
}
const retry: CircuitOptions['retry'] = () => ({
  idempotent: true,
  again: async ({ attempt }) => attempt === 1,
})
const rethrows: RunOptions<never>['fallback'] = error => {
  throw error
}
const { signal } = new AbortController()

it.each<[string, CircuitOptions, RunOptions<never>]>([
  ['plain', {}, {}],
  ['limited by timeoutMs', {}, { timeoutMs: 1_000 }],
  ['limited by the timeoutMs of its circuit', { timeoutMs: 1_000 }, {}],
  ['limited by a deadline', {}, { deadline: Date.now() + 60_000 }],
  ["that follows its caller's signal", {}, { signal }],
  ['whose state is shared', { store: new MemoryStore() }, {}],
  ['limited, whose state is shared', { store: new MemoryStore() }, { timeoutMs: 1_000 }],
  ['that was made again', { retry }, {}],
  ['limited, that was made again', { retry }, { timeoutMs: 1_000 }],
  ['whose fallback throws its error', {}, { fallback: rethrows, timeoutMs: 1_000 }],
])('the callers of a call %s were missing in the stack trace of its error', async (_, made, options) => {
  const circuit = new Circuit('payments', { ...made, minimumCalls: 100 } as CircuitOptions)
  for (const call of [fails, failsLater, (_: AbortSignal) => fails()]) {
    // Twice: the first call may wait for the store, later ones do not.
    for (let round = 0; round < 2; round++) {
      const loadOrder = async () => await circuit.run(call, options)
      const handleRequest = async () => await loadOrder()
      const { stack } = await handleRequest().catch((error: Error) => error)
      expect(stack).toMatch(/at (async )?fails(Later)? .*at (async )?loadOrder .*at (async )?handleRequest /s)
    }
  }
})
