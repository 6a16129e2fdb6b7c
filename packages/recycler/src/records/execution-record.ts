import type { RecycleReport } from '../workflow/protocol.ts'
import { codec, listOf, number, optional, shape, text } from './codec.ts'
import type { RecyclerStore } from './types.ts'

/** A service by name, and why. */
export interface Told {
  readonly service: string
  readonly reason: string
}

/** What one execution has done so far; its report is made of it. */
export interface ExecutionRecord {
  readonly change: string
  readonly secret: string
  readonly label: string
  readonly versionId: string
  readonly counts: RecycleReport['counts']
  /** At most {@link mostTold} of each. */
  readonly recycled: readonly string[]
  readonly skipped: readonly Told[]
  readonly failed: readonly Told[]
  /** The plan of a dry run, rendered. */
  readonly plan?: readonly string[]
  /** ARNs of the services of the last wave, and how often it was given out in a row. */
  readonly wave?: { readonly services: string; readonly times: number }
}

/** How many services a record and a report name; `counts` has them all. */
export const mostTold = 100

const told = shape<Told>({ service: text, reason: text })

const recordCodec = codec<ExecutionRecord>('execution', {
  change: text,
  secret: text,
  label: text,
  versionId: text,
  counts: shape<ExecutionRecord['counts']>({
    candidates: number,
    stale: number,
    recycled: number,
    skipped: number,
    failed: number,
  }),
  recycled: listOf(text),
  skipped: listOf(told),
  failed: listOf(told),
  plan: optional(listOf(text)),
  wave: optional(shape<NonNullable<ExecutionRecord['wave']>>({ services: text, times: number })),
})

const keyOf = (execution: string) => ({ partition: 'recycler:execution', sort: execution })
const keptMs = 90 * 86_400_000

/** Reads what an execution has done so far. */
export async function readExecution(
  store: RecyclerStore,
  execution: string,
): Promise<ExecutionRecord | undefined> {
  const [entry] = await store.read([keyOf(execution)])
  return entry && recordCodec.decode(entry)
}

/** Puts it on record. Nobody else writes it: an execution asks one thing at a time. */
export async function writeExecution(
  store: RecyclerStore,
  execution: string,
  record: ExecutionRecord,
  now: number,
): Promise<void> {
  await store.write(keyOf(execution), recordCodec.encode(record), { expiresAt: now + keptMs })
}
