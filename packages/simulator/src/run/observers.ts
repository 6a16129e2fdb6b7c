import { type Item, keyOf, parts, schemaVersion, windowPart } from '@breakwater/dynamodb/schema'
import type { Engine } from '../engine/engine.ts'
import type { Environment } from '../engine/environment.ts'
import { circuitName } from '../fleet/breakwater.ts'
import { keyText } from '../table/client.ts'
import type { Applied, StoredItem, TableObserver } from '../table/table.ts'
import type { Invariants, StoredState } from './invariants.ts'
import type { KeyedInvariants } from './keyed-invariants.ts'
import type { Measurements } from './measurements.ts'
import type { StoredOverride } from './overrides.ts'

/** The key of the circuit's record in the table. */
export const stateKey = keyText(keyOf('circuit', circuitName, parts.state))
/** The record as a later schema has it, or again as this one does. */
export function withSchema(item: StoredItem, later: boolean): StoredItem {
  const record: Item = { ...(item as Item), schema: { N: String(schemaVersion + (later ? 1 : 0)) } }
  return record
}

/** The key of the circuit's override in the table. */
const controlKey = keyText(keyOf('control', circuitName, parts.control))
const auditKeys = keyText(keyOf('control', circuitName, parts.audit))
const windowKeys = keyText(keyOf('circuit', circuitName, windowPart('')))

/** Reads the records of Breakwater in the requests and answers of the table, for invariants and measurements. */
export class RecordObserver implements TableObserver {
  readonly #invariants: Invariants
  readonly #measurements: Measurements

  constructor(invariants: Invariants, measurements: Measurements) {
    this.#invariants = invariants
    this.#measurements = measurements
  }

  readSent(environment: Environment, consistent: boolean): void {
    this.#invariants.read(environment, consistent)
  }

  writeSent(environment: Environment, key: string): void {
    // What an operator does needs no reason.
    if (key !== controlKey && !key.startsWith(auditKeys))
      this.#invariants.wrote(environment, key === stateKey)
  }

  replaced(key: string, item: StoredItem | undefined): void {
    if (key === controlKey) this.#invariants.overrides.replaced()
    if (key !== stateKey) return
    const state = stateOf(item)
    this.#invariants.replaced(state)
    this.#measurements.stateReplaced(state)
  }

  applied({ environment, key, before, after }: Applied): void {
    if (key === stateKey) {
      const [from, to] = [stateOf(before), stateOf(after)!]
      this.#invariants.stored(environment, from, to)
      this.#measurements.stateWritten(from, to, environment.name)
    } else if (key === controlKey) {
      this.#invariants.overrides.stored(overrideOf(after!))
    } else if (key.startsWith(windowKeys)) {
      const generation = Number(/^\d+/.exec(key.slice(windowKeys.length)))
      this.#invariants.reported(environment, generation, numberOf(after, 'calls') - numberOf(before, 'calls'))
    }
  }

  learned(environment: Environment, key: string, item: StoredItem | undefined): void {
    // What is of a later schema tells an environment nothing.
    if (key === stateKey && !(numberOf(item, 'schema') > schemaVersion))
      this.#invariants.learned(environment, stateOf(item))
  }
}

/** Shows the requests of keyed circuits to their invariants. */
export class KeyedObserver implements TableObserver {
  readonly #invariants: KeyedInvariants

  constructor(invariants: KeyedInvariants) {
    this.#invariants = invariants
  }

  readSent(environment: Environment): void {
    this.#invariants.sent(environment, 'read')
  }

  writeSent(environment: Environment): void {
    this.#invariants.sent(environment, 'write')
  }

  replaced(): void {}
  applied(): void {}
  learned(): void {}
}

/** Reads the state of a custom breaker in the items that it writes, as `BreakerTable` asks for. */
export class CustomStateObserver implements TableObserver {
  readonly #engine: Engine
  readonly #measurements: Measurements
  readonly #openMs: number
  #changes = 0

  constructor(engine: Engine, measurements: Measurements, openMs: number) {
    this.#engine = engine
    this.#measurements = measurements
    this.#openMs = openMs
  }

  readSent(): void {}
  writeSent(): void {}
  replaced(): void {}
  learned(): void {}

  applied({ environment, before, after }: Applied): void {
    const stateIn = (item: StoredItem | undefined): StoredState => ({
      state: String(item?.state ?? 'CLOSED'),
      generation: this.#changes,
      since: this.#engine.now,
      retryAt: this.#engine.now + this.#openMs,
      reason: '',
      leases: [],
    })
    if (after?.state !== before?.state) this.#changes++
    this.#measurements.stateWritten(before && stateIn(before), stateIn(after), environment.name)
  }
}

type Attributes = Record<
  string,
  { readonly S?: string; readonly N?: string; readonly L?: readonly unknown[] }
>

function numberOf(item: StoredItem | undefined, name: string): number {
  return Number((item as Attributes | undefined)?.[name]?.N ?? 0)
}

function overrideOf(item: StoredItem): StoredOverride {
  const { mode, until } = item as Attributes
  return {
    mode: mode?.S as StoredOverride['mode'],
    at: numberOf(item, 'at'),
    until: until === undefined ? Infinity : numberOf(item, 'until'),
  }
}

function stateOf(item: StoredItem | undefined): StoredState | undefined {
  if (!item) return undefined
  const attributes = item as Attributes
  const leases = (attributes.leases?.L ?? []) as { M: { id: { S: string }; expiresAt: { N: string } } }[]
  return {
    state: attributes.state?.S ?? '',
    generation: numberOf(item, 'generation'),
    since: numberOf(item, 'since'),
    retryAt: numberOf(item, 'retryAt'),
    reason: attributes.reason?.S ?? '',
    leases: leases.map(({ M }) => ({ id: M.id.S, expiresAt: Number(M.expiresAt.N) })),
  }
}
