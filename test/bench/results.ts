import type { Library } from './cases.ts'
import type { ColdStart } from './cold-start.ts'
import type { KeyedHeap } from './keys.ts'
import type { Cost } from './measure.ts'
import type { ImportTime, Size } from './packages.ts'
import type { StoreLatency } from './store.ts'

/** Where it was measured. */
export interface Machine {
  readonly cpu: string
  readonly cpus: number
  readonly node: string
  readonly versions: Readonly<Record<string, string>>
}

/** A cell of the table of calls: its cost, or why there is none. */
export type CallResult = { readonly row: string; readonly library: Library } & (
  | Cost
  | { readonly skipped: string }
)

/** All measurements; those that were not requested are missing. */
export interface Results {
  readonly machine: Machine
  readonly calls: readonly CallResult[]
  readonly sizes?: readonly Size[]
  readonly imports?: readonly ImportTime[]
  readonly coldStart?: ColdStart
  readonly store?: StoreLatency
  readonly keys?: readonly KeyedHeap[]
}

/** The cost of a call of a library; undefined where it was not measured. */
export function costOf({ calls }: Results, row: string, library: Library): Cost | undefined {
  const found = calls.find(result => result.row === row && result.library === library)
  return found && 'ratio' in found ? found : undefined
}
