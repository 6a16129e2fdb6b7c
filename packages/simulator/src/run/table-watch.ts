import { keyOf, parts, windowPart } from '@breakwater/dynamodb/schema'
import type { Environment } from '../engine/environment.ts'
import { circuitName } from '../fleet/breakwater.ts'
import { keyText } from '../table/client.ts'
import type { Applied, StoredItem, TableObserver } from '../table/table.ts'
import type { Invariants, StoredState } from './invariants.ts'
import type { Measuring } from './measuring.ts'

const stateKey = keyText(keyOf(circuitName, parts.state))
const windowKeys = keyText(keyOf(circuitName, windowPart('')))

/** Reads what crosses between the real store and the table, and tells those who watch the run. */
export class TableWatch implements TableObserver {
  readonly #invariants: Invariants
  readonly #measuring: Measuring

  constructor(invariants: Invariants, measuring: Measuring) {
    this.#invariants = invariants
    this.#measuring = measuring
  }

  readSent(environment: Environment, consistent: boolean): void {
    this.#invariants.read(environment, consistent)
  }

  writeSent(environment: Environment): void {
    this.#invariants.wrote(environment)
  }

  applied({ environment, key, before, after }: Applied): void {
    if (key === stateKey) {
      const [from, to] = [stateOf(before), stateOf(after)!]
      this.#invariants.stored(environment, from, to)
      this.#measuring.changed(from, to, environment.name)
    } else if (key.startsWith(windowKeys)) {
      const generation = Number(/^\d+/.exec(key.slice(windowKeys.length)))
      this.#invariants.reported(environment, generation, numberOf(after, 'calls') - numberOf(before, 'calls'))
    }
  }

  learned(environment: Environment, key: string, item: StoredItem | undefined): void {
    if (key === stateKey) this.#invariants.learned(environment, stateOf(item))
  }
}

type Attributes = Record<
  string,
  { readonly S?: string; readonly N?: string; readonly L?: readonly unknown[] }
>

function numberOf(item: StoredItem | undefined, name: string): number {
  return Number((item as Attributes | undefined)?.[name]?.N ?? 0)
}

function stateOf(item: StoredItem | undefined): StoredState | undefined {
  if (!item) return undefined
  const attributes = item as Attributes
  const leases = (attributes.leases?.L ?? []) as { M: { id: { S: string }; expiresAt: { N: string } } }[]
  return {
    state: attributes.state?.S ?? '',
    generation: numberOf(item, 'generation'),
    retryAt: numberOf(item, 'retryAt'),
    reason: attributes.reason?.S ?? '',
    leases: leases.map(({ M }) => ({ id: M.id.S, expiresAt: Number(M.expiresAt.N) })),
  }
}
