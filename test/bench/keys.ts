// One process: a million calls over ten thousand keys. Prints as JSON what the heap holds now and then.
import { Circuits } from '@breakwater/circuit'
import { work } from './subject.ts'

/** The size of the heap, in bytes, after every `every` calls. */
export interface KeyedHeap {
  readonly maxCircuits: number
  readonly keys: number
  readonly every: number
  readonly heaps: readonly number[]
}

const [maxCircuits, calls] = process.argv.slice(2).map(Number) as [number, number]
const keys = 10_000
const every = 100_000
const circuits = new Circuits({ maxCircuits })
const heaps: number[] = []
for (let call = 1; call <= calls; call++) {
  await circuits.for(`key-${call % keys}`).run(work)
  if (call % every === 0) {
    gc!()
    heaps.push(process.memoryUsage().heapUsed)
  }
}
const found: KeyedHeap = { maxCircuits, keys, every, heaps }
process.stdout.write(JSON.stringify(found))
