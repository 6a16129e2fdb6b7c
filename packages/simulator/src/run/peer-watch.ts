import type { Engine } from '../engine/engine.ts'
import type { Environment } from '../engine/environment.ts'
import type { Applied, StoredItem, TableObserver } from '../table/table.ts'
import type { Measuring } from './measuring.ts'

/** Reads the state of another breaker out of what it writes. All of them keep it in an attribute of that name. */
export class PeerWatch implements TableObserver {
  readonly #engine: Engine
  readonly #measuring: Measuring
  readonly #openMs: number
  #changes = 0

  constructor(engine: Engine, measuring: Measuring, openMs: number) {
    this.#engine = engine
    this.#measuring = measuring
    this.#openMs = openMs
  }

  readSent(): void {}
  writeSent(): void {}
  learned(_environment: Environment, _key: string, _item: StoredItem | undefined): void {}

  applied({ environment, before, after }: Applied): void {
    const at = (item: StoredItem | undefined) => ({
      state: String(item?.state ?? 'CLOSED'),
      generation: this.#changes,
      retryAt: this.#engine.now + this.#openMs,
      reason: '',
      leases: [],
    })
    if (after?.state !== before?.state) this.#changes++
    this.#measuring.changed(before && at(before), at(after), environment.name)
  }
}
