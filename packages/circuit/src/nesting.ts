import type { CallPermit } from './permit.ts'

/** The permits under which the present work runs, the innermost one first. */
export interface Held {
  readonly permit: CallPermit
  readonly outer: Held | undefined
}

/** What is used of an `AsyncLocalStorage<Held>`. */
interface HeldStorage {
  getStore(): Held | undefined
  run<T>(held: Held, work: () => T): T
}

/**
 * Where it is kept which permits the present work holds. Empty until a circuit first probes or recovers: only then may a
 * call not be let in that is a part of another one, and only then is the cost paid.
 */
const nesting: { storage?: HeldStorage | undefined } = {}

type Builtins = { AsyncLocalStorage: new () => HeldStorage }

/** Not an import: other runtimes have no such module, and circuits work there all the same. */
function makeStorage(): HeldStorage | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): Builtins | undefined } }
  const module = process?.getBuiltinModule?.('node:async_hooks')
  return module && new module.AsyncLocalStorage()
}

/** Runs the work of a call under its permit, so that calls of the same circuit inside of it can be let in on it. */
export function runHolding<T>(permit: CallPermit, work: () => T): T {
  nesting.storage ??= makeStorage()
  const { storage } = nesting
  return storage ? storage.run({ permit, outer: storage.getStore() }, work) : work()
}

/** The permits that the present work holds, the innermost one first. */
export function heldPermits(): Held | undefined {
  return nesting.storage?.getStore()
}
