import { StateFailure } from '../errors.ts'
import { exceedsPayloadLimit, type Json, type JsonObject } from '../values.ts'

/** The limit of all variables of an execution, in bytes of JSON. */
const maxBytes = 10 * 1024 * 1024

/** The variables of a branch. It starts with a copy of the outer ones, which it may read and not set. */
export class Variables {
  #values: Readonly<Record<string, Json>>
  #sizes: Readonly<Record<string, number>>

  constructor(outer?: Variables) {
    this.#values = outer ? outer.#values : {}
    this.#sizes = outer ? outer.#sizes : {}
  }

  get values(): JsonObject {
    return this.#values
  }

  /**
   * Sets variables; returns them as JSON.
   *
   * @throws StateFailure where they are too large, alone (256 KiB) or with all the others (10 MiB).
   */
  set(assigned: JsonObject): Readonly<Record<string, string>> {
    const texts: Record<string, string> = {}
    for (const [name, value] of Object.entries(assigned)) {
      const text = JSON.stringify(value)
      if (exceedsPayloadLimit(text)) throw tooLarge(`The variable '${name}' is over 256 KiB.`)
      texts[name] = text
    }
    const sizes = { ...this.#sizes }
    for (const [name, text] of Object.entries(texts)) sizes[name] = Buffer.byteLength(text)
    const total = Object.values(sizes).reduce((sum, size) => sum + size, 0)
    if (total > maxBytes) throw tooLarge('The variables of the execution are over 10 MiB.')
    this.#sizes = sizes
    this.#values = { ...this.#values, ...assigned }
    return texts
  }
}

function tooLarge(cause: string): StateFailure {
  return new StateFailure('States.DataLimitExceeded', cause)
}
