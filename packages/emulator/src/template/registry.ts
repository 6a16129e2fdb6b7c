import { invalid } from '@breakwater/circuit/shared'

/** What a thing of the stacks may be called. */
export interface Known {
  readonly stack: string
  /** Logical id. */
  readonly id: string
  readonly name: string
  readonly arn: string | undefined
}

/** Things of one kind, by any of their names. */
export class Registry<T> implements Iterable<T> {
  readonly #kind: string
  readonly #entries: readonly (readonly [Known, T])[]

  /** @param kind what errors call one of them */
  constructor(kind: string, entries: Iterable<readonly [Known, T]>) {
    this.#kind = kind
    this.#entries = [...entries]
  }

  /**
   * Finds one by its name, its ARN, its logical id or `Stack.LogicalId`.
   *
   * @throws TypeError for one that is not there, or for two of that id.
   * @example
   * const { url } = stack.apis.get('Workflows')
   */
  get(name: string): T {
    const found = this.#entries.filter(([known]) =>
      [known.name, known.arn, known.id, `${known.stack}.${known.id}`].includes(name),
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
