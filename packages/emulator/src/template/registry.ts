import { invalid } from '@breakwater/circuit/shared'

/** The names of a resource. */
export interface ResourceNames {
  readonly stack: string
  /** Logical id. */
  readonly id: string
  readonly name: string
  readonly arn: string | undefined
}

/** The running resources of one kind, by any of their names. */
export class Registry<T> implements Iterable<T> {
  readonly #kind: string
  readonly #list: () => readonly (readonly [ResourceNames, T])[]

  /**
   * @param kind the word for one of them in errors
   * @param entries a function where they are not all there yet
   */
  constructor(
    kind: string,
    entries: readonly (readonly [ResourceNames, T])[] | (() => readonly (readonly [ResourceNames, T])[]),
  ) {
    this.#kind = kind
    this.#list = typeof entries === 'function' ? entries : () => entries
  }

  get #entries(): readonly (readonly [ResourceNames, T])[] {
    return this.#list()
  }

  /**
   * Finds one by its name, its ARN, its logical id or `Stack.LogicalId`.
   *
   * @throws TypeError for one that is not there, or for two of that id.
   * @example
   * const { url } = stack.apis.get('Workflows')
   */
  get(name: string): T {
    const found = this.#entries.filter(([names]) =>
      [names.name, names.arn, names.id, `${names.stack}.${names.id}`].includes(name),
    )
    if (found.length === 1) return found[0]![1]
    const which = found.length > 1 ? found : this.#entries
    const all = which.map(([{ stack, id, name }]) => `${stack}.${id} (${name})`).join(', ')
    throw invalid(this.#kind, name, all || 'nothing: there is none')
  }

  get size(): number {
    return this.#entries.length
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#entries.map(([, item]) => item)[Symbol.iterator]()
  }
}
