import type { CircuitEvent, CircuitListener } from './events.ts'

/** One set for the whole process, shared by every copy of this package that a bundle may hold. */
const everywhere: Set<CircuitListener> = (() => {
  const key = Symbol.for('breakwater.observers')
  const scope = globalThis as Record<symbol, unknown>
  const set = (scope[key] as Set<CircuitListener> | undefined) ?? new Set()
  scope[key] = set
  return set
})()

/**
 * Listens to every circuit of this process, those made later and by other libraries included.
 *
 * @returns a function that ends it.
 * @example
 * const off = observeAll((event) => event.type === 'transition' && console.log(event.circuit, event.to))
 */
export function observeAll(listener: CircuitListener): () => void {
  everywhere.add(listener)
  return () => void everywhere.delete(listener)
}

/** The listeners of one circuit. Nothing a listener does reaches the call that caused the event. */
export class Listeners {
  readonly #own = new Set<CircuitListener>()
  readonly #group: Listeners | undefined

  /** `group`: the listeners of a whole group of circuits, told as well. */
  constructor(group?: Listeners) {
    this.#group = group
  }

  /** False while nobody listens, so that no event need be built. */
  get any(): boolean {
    return (
      this.#own.size > 0 || everywhere.size > 0 || (this.#group !== undefined && this.#group.#own.size > 0)
    )
  }

  add(listener: CircuitListener): () => void {
    // An entry of its own: the same function added twice is told twice, and each `off` ends one of them.
    const entry: CircuitListener = event => listener(event)
    this.#own.add(entry)
    return () => void this.#own.delete(entry)
  }

  tell(event: CircuitEvent): void {
    for (const listener of this.#own) notify(listener, event)
    if (this.#group !== undefined) for (const listener of this.#group.#own) notify(listener, event)
    for (const listener of everywhere) notify(listener, event)
  }
}

function notify(listener: CircuitListener, event: CircuitEvent): void {
  try {
    const result = listener(event)
    if (result instanceof Promise) result.catch(() => {})
  } catch {
    // A broken observer is its owner's trouble, never the call's.
  }
}
