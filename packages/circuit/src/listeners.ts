import type { CircuitEvent, CircuitListener } from './events.ts'
import { checkFunction } from './validate.ts'

const key = Symbol.for('breakwater.observers')
const scope = globalThis as { [key]?: Set<CircuitListener> }

/** One set for the whole process, shared by every copy of this package that a bundle may hold. */
scope[key] ??= new Set()
const everywhere = scope[key]

/**
 * Listens to every circuit of this process, those made later and by other libraries included.
 *
 * @returns a function that ends it.
 * @example
 * const off = observeAll((event) => event.type === 'transition' && console.log(event.circuit, event.to))
 */
export function observeAll(listener: CircuitListener): () => void {
  everywhere.add(checkFunction('observeAll: listener', listener))
  return () => void everywhere.delete(listener)
}

/** Under this key the options of a circuit hold the listeners of its whole group, see `Circuits`. */
export const group = Symbol()

/** The listeners of one circuit. Nothing a listener does reaches the call that caused the event. */
export class Listeners {
  readonly #own = new Set<CircuitListener>()
  readonly #group: Set<CircuitListener>
  /** What its events call the group. */
  readonly name: string | undefined

  /** @param group the listeners of a whole group of circuits, which are called as well; or what a group is called. */
  constructor(group?: Listeners, name = group?.name) {
    this.name = name
    this.#group = group ? group.#own : everywhere
  }

  /** False without listeners, so that no event need be built. */
  get any(): boolean {
    return this.#own.size + this.#group.size + everywhere.size > 0
  }

  add(listener: CircuitListener): () => void {
    // An entry of its own: the same function added twice is called twice, and each `off` ends one of them.
    const entry: CircuitListener = event => listener(event)
    this.#own.add(entry)
    return () => void this.#own.delete(entry)
  }

  emit(event: CircuitEvent): void {
    notifyAll(this.#own, event)
    notifyAll(everywhere, event)
    if (this.#group !== everywhere) notifyAll(this.#group, event)
  }
}

function notifyAll(listeners: ReadonlySet<CircuitListener>, event: CircuitEvent): void {
  if (listeners.size > 0) for (const listener of listeners) notify(listener, event)
}

/** An observer that throws or rejects never reaches the call. */
function notify(listener: CircuitListener, event: CircuitEvent): void {
  try {
    const result = listener(event) as Promise<unknown> | undefined
    if (typeof result?.then === 'function') result.then(undefined, () => {})
  } catch {}
}
