import { Circuit } from './circuit.ts'
import { systemClock } from './clock.ts'
import type { CircuitListener } from './events.ts'
import { group, Listeners } from './listeners.ts'
import type { CircuitOptions } from './options.ts'
import { optionNames } from './policy.ts'
import { checkFunction, checkNames, checkNumber, checkObject, checkPlainText, invalid } from './validate.ts'

/** Options of {@link Circuits}: those of a circuit, and three more. */
export type CircuitsOptions = CircuitOptions & {
  /**
   * Put before every key, with a colon, to make the circuit's name. Holds no colon itself, so that no two prefixes have a
   * circuit in common: `tenant` and the key `a:b` make `tenant:a:b`. @default none: the key is the whole name, and two
   * circuits of one name are one
   */
  readonly prefix?: string
  /**
   * How many circuits are kept in memory at most. For another one a closed circuit is dropped, of two at random the one
   * that was used less recently; one that has failures in its window, or is suspect, only where there is no other closed
   * one; one that keeps calls out, recovers or is forced only where none is closed, and listeners hear of it by the event
   * `eviction`. @default 1_000
   */
  readonly maxCircuits?: number
  /**
   * How many circuits that are shared through the `store` are made in a second at most: each costs a read, and rows where it
   * fails, and keys may come from callers. The call of one key more is guarded by a circuit that is neither shared nor kept;
   * listeners hear of it by the event `unshared`. @default `maxCircuits`, but at least 1_000
   */
  readonly maxNewPerSecond?: number
}

interface Kept {
  readonly key: string
  readonly circuit: Circuit
  /** The uses of all circuits up to its last one. */
  usedAt: number
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
  readonly #maxNewPerSecond: number
  readonly #prefix: string
  readonly #max: number
  readonly #random: () => number
  readonly #byKey = new Map<string, Kept>()
  readonly #kept: Kept[] = []
  #uses = 0
  /** How many shared circuits may be made now, as of `#newAt`. */
  #newLeft = Infinity
  #newAt = Number.NEGATIVE_INFINITY
  /** Whether it was reported that too many were asked for, since as many as can be were left. */
  #reported = false
  readonly #listeners: Listeners

  constructor(options: CircuitsOptions = {}) {
    const { prefix, maxCircuits, maxNewPerSecond, ...rest } = checkObject('Circuits: options', options)
    checkNames('Circuits: option', options, [...optionNames, 'prefix', 'maxCircuits', 'maxNewPerSecond'])
    this.#prefix = prefix === undefined ? '' : `${checkPlainText('Circuits: prefix', prefix)}:`
    if (prefix?.includes(':')) throw invalid('Circuits: prefix', prefix, 'a text without a colon')
    this.#max = checkNumber('Circuits: maxCircuits', maxCircuits ?? 1_000)
    const perSecond = maxNewPerSecond ?? Math.max(1_000, this.#max)
    this.#maxNewPerSecond = checkNumber('Circuits: maxNewPerSecond', perSecond)
    this.#random = rest.random ?? Math.random
    this.#listeners = new Listeners(undefined, `${this.#prefix}*`)
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
   * The circuit of a key, the same object as long as it is kept. Ask for it again at each call.
   *
   * @param key at most 256 characters with the prefix. It becomes part of the circuit's name, in the table and in logs: not a secret.
   * @throws TypeError for a key that is none.
   */
  for(key: string): Circuit {
    let kept = this.#byKey.get(key)
    if (kept) kept.usedAt = ++this.#uses
    else {
      const name = this.#prefix + checkPlainText('Circuits: key', key)
      if (this.#options.store && !this.#mayShare()) return this.#unshared(name)
      const circuit = new Circuit(name, this.#options)
      kept = { key, circuit, usedAt: ++this.#uses }
      this.#keep(kept)
    }
    return kept.circuit
  }

  /** Takes note of one shared circuit more, unless there are too many. */
  #mayShare(): boolean {
    const max = this.#maxNewPerSecond
    const now = (this.#options.clock ?? systemClock).now()
    const regained = Math.max(0, ((now - this.#newAt) / 1_000) * max)
    this.#newAt = now
    this.#newLeft = Math.min(max, this.#newLeft + regained)
    if (this.#newLeft === max) this.#reported = false
    if (this.#newLeft < 1) return false
    this.#newLeft--
    return true
  }

  #unshared(name: string): Circuit {
    const { store, ...own } = this.#options
    const circuit = new Circuit(name, own)
    if (!this.#reported) circuit.emit({ type: 'unshared' })
    this.#reported = true
    return circuit
  }

  #keep(added: Kept): void {
    const kept = this.#kept
    const full = kept.length >= this.#max
    const index = full ? this.#leastWorth() : kept.length
    const dropped = kept[index]
    if (dropped) this.#byKey.delete(dropped.key)
    kept[index] = added
    this.#byKey.set(added.key, added)
    // At the end, as a listener may ask for a circuit itself.
    if (dropped) reportEviction(dropped)
  }

  /**
   * The place of the circuit to drop. At random: where one key more is in use than are kept, each in turn, the very least
   * recently used one is that which is needed next, and every call would make its circuit anew, and read it.
   */
  #leastWorth(): number {
    const kept = this.#kept
    const draw = () => Math.floor(this.#random() * kept.length)
    const [a, b] = [draw(), draw()]
    const [older, newer] = kept[a]!.usedAt < kept[b]!.usedAt ? [a, b] : [b, a]
    let least = older
    let worth = worthOf(kept[older]!)
    for (let step = 0; step < kept.length && worth > 0; step++) {
      const index = (newer + step) % kept.length
      const other = worthOf(kept[index]!)
      if (other < worth) [least, worth] = [index, other]
    }
    return least
  }

  /** How many circuits are in memory. */
  get size(): number {
    return this.#kept.length
  }

  /** Listens to all of them, present and future. Returns a function that ends it. */
  on(listener: CircuitListener): () => void {
    return this.#listeners.add(checkFunction('Circuits: listener', listener))
  }
}

/** What is lost with a circuit: 0 nothing, 1 what it has seen go wrong, 2 a state that another one would not be in. */
function worthOf({ circuit }: Kept): 0 | 1 | 2 {
  const { state, shedding, admittedShare, control, suspect, calls } = circuit.status()
  if (state !== 'CLOSED' || shedding || control || admittedShare < 1) return 2
  return suspect || calls.failures + calls.slow > 0 ? 1 : 0
}

function reportEviction(dropped: Kept): void {
  if (worthOf(dropped) < 2) return
  const { circuit } = dropped
  const { state, scope, store } = circuit.status()
  const stored = store !== 'none' && scope !== 'environment'
  circuit.emit({ type: 'eviction', state, scope: stored ? 'fleet' : 'environment' })
}
