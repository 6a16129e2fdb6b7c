import type { StoreErrorKind } from '@breakwater/circuit'
import type { Environment } from '../engine/environment.ts'
import type { Violate } from './invariants.ts'

/**
 * While all requests of some kind fail, an environment reports the store's failure once, and once more where it turns
 * out that it does not pass by itself.
 */
export class StoreFailures {
  /** All reports, and the most of one environment. */
  total = 0
  max = 0
  readonly #violate: Violate
  readonly #counts = new Map<number, number>()
  /** Reports of the present stretch, by environment and whether the failure passes. */
  readonly #reported = new Set<string>()

  constructor(violate: Violate) {
    this.#violate = violate
  }

  /** The condition of the table was set. */
  tableChanged(): void {
    this.#reported.clear()
  }

  /** `lasting`: all requests of some kind fail, until the condition of the table is set again. */
  failed({ id, name }: Environment, kind: StoreErrorKind, lasting: boolean): void {
    this.total++
    const count = (this.#counts.get(id) ?? 0) + 1
    this.#counts.set(id, count)
    this.max = Math.max(this.max, count)
    if (!lasting) return
    const broken = kind === 'misconfigured' || kind === 'unknown-schema'
    const report = `${id} ${broken}`
    if (this.#reported.has(report))
      this.#violate(
        'store-failure-once',
        `${name} reported the store's failure (${kind}) again in one stretch`,
      )
    this.#reported.add(report)
  }
}
