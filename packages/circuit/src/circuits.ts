import { Circuit } from './circuit.ts'
import type { CircuitListener } from './events.ts'
import { group, Listeners } from './listeners.ts'
import type { CircuitOptions } from './options.ts'
import { checkFunction, checkNumber, checkObject, checkText } from './validate.ts'

/** Options of {@link Circuits}: those of a circuit, and two more. */
export type CircuitsOptions = CircuitOptions & {
  /** Put before every key, with a colon, to make the circuit's name. @default none */
  readonly prefix?: string
  /** How many circuits are kept in memory at most; the least recently used one is dropped. @default 1_000 */
  readonly maxCircuits?: number
}

/**
 * Circuits by key: one for each tenant, host or shard, made when first asked for, so that one bad tenant opens one
 * circuit. Memory stays bounded with any number of keys; a shared circuit that was let go of is read again from
 * its store, one that was not shared starts anew.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const hosts = new Circuits({ prefix: 'host', store })
 * await hosts.for(url.host).run((signal) => fetch(url, { signal }))
 */
export class Circuits {
  readonly #options: CircuitOptions
  readonly #prefix: string
  readonly #max: number
  readonly #kept = new Map<string, Circuit>()
  readonly #listeners = new Listeners()

  constructor(options: CircuitsOptions = {}) {
    const { prefix, maxCircuits, ...rest } = checkObject('Circuits: options', options)
    this.#prefix = prefix === undefined ? '' : `${checkText('Circuits: prefix', prefix)}:`
    this.#max = checkNumber('Circuits: maxCircuits', maxCircuits ?? 1_000)
    this.#options = Object.assign(rest, { [group]: this.#listeners })
    // Bad options should show where they are written, not at the first call of some tenant.
    try {
      new Circuit('checked', this.#options)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      throw new TypeError(error.message.replace(/^Circuit:/, 'Circuits:'))
    }
  }

  /**
   * The circuit of a key, the same object as long as it is kept.
   *
   * @param key at most 256 characters with the prefix. It becomes part of the circuit's name, in the table and in logs: not a secret.
   * @throws TypeError for a key that is none.
   */
  for(key: string): Circuit {
    let circuit = this.#kept.get(key)
    if (circuit === undefined) {
      circuit = new Circuit(this.#prefix + checkText('Circuits: key', key), this.#options)
      if (this.#kept.size >= this.#max) this.#kept.delete(this.#kept.keys().next().value!)
    } else this.#kept.delete(key)
    this.#kept.set(key, circuit)
    return circuit
  }

  /** How many circuits are in memory. */
  get size(): number {
    return this.#kept.size
  }

  /** Listens to all of them, present and future. Returns a function that ends it. */
  on(listener: CircuitListener): () => void {
    return this.#listeners.add(checkFunction('Circuits: listener', listener))
  }
}
