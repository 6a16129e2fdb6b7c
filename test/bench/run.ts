import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { Progress, type ProgressStream } from '@breakwater/simulator'
import { type Library, libraries, type OtherName, otherNames, rows } from './cases.ts'
import { inFreshProcess, roomy } from './child.ts'
import { measureColdStart } from './cold-start.ts'
import type { KeyedHeap } from './keys.ts'
import type { Allocation, Time } from './measure.ts'
import type { Options } from './options.ts'
import { measureImports, measureSizes } from './packages.ts'
import type { CallResult, Machine, Results } from './results.ts'
import { mediansOf } from './statistics.ts'
import type { StoreLatency } from './store.ts'
import type { Skipped } from './subject.ts'
import { startBenchTable } from './table-server.ts'

const importRuns = 9
const coldStarts = 15
const firstCalls = 100
const laterCalls = 600
const keyedCalls = 1_000_000

/** About how long each takes, in seconds. */
const secondsOf: Readonly<Record<OtherName, number>> = {
  sizes: 1,
  imports: 8,
  keys: 6,
  'cold-start': 9,
  store: 12,
}
/** The same for one process of a case of calls. Failing calls fill windows first. */
const secondsOfCase = (name: string) => (name === 'failing' ? 12 : 3.5)

/** Measures all that is asked for, one thing after the other, so that nothing disturbs anything. */
export async function measureAll(options: Options, stream: ProgressStream): Promise<Results> {
  const { only, processes } = options
  const wanted = (name: string) => only?.has(name) ?? true
  const cases = libraries.flatMap(library => {
    const own = rows.filter(({ of, name }) => of.includes(library) && wanted(name))
    const names = [...new Set(own.map(({ name }) => name))]
    return names.map(name => ({ library, name, seconds: (processes + 1) * secondsOfCase(name) }))
  })
  const others = otherNames.filter(wanted)
  const work = [...cases.map(({ seconds }) => seconds), ...others.map(name => secondsOf[name])]
  const progress = new Progress({
    total: work.length,
    unit: 'measurements',
    work: work.reduce((sum, seconds) => sum + seconds, 0),
    stream,
  })
  const measured = async <T>(name: string, seconds: number, measure: () => Promise<T>): Promise<T> => {
    progress.begin(name, seconds)
    const found = await measure()
    progress.done()
    return found
  }
  const other = async <T>(name: OtherName, measure: () => Promise<T>): Promise<T | undefined> =>
    wanted(name) ? measured(name, secondsOf[name], measure) : undefined

  const calls: CallResult[] = []
  for (const { library, name, seconds } of cases) {
    const measure = () => measureCase(library, name, options)
    calls.push(...(await measured(`${library}: ${name}`, seconds, measure)))
  }
  const sizes = await other('sizes', measureSizes)
  const imports = await other('imports', () => measureImports(importRuns))
  const keys = await other('keys', measureKeys)
  const shared = wanted('cold-start') || wanted('store') ? await startBenchTable() : undefined
  try {
    const coldStart = await other('cold-start', () => measureColdStart(shared!, coldStarts))
    const store = await other('store', () =>
      inFreshProcess<StoreLatency>('store.ts', [firstCalls, laterCalls], shared!.env),
    )
    return {
      machine: machine(),
      calls,
      ...(sizes && { sizes }),
      ...(imports && { imports }),
      ...(coldStart && { coldStart }),
      ...(store && { store }),
      ...(keys && { keys }),
    }
  } finally {
    await shared?.close()
    progress.end()
  }
}

async function measureCase(
  library: Library,
  name: string,
  { warmUpCalls, rounds, processes }: Options,
): Promise<CallResult[]> {
  const bytes = await inFreshProcess<Found<Allocation>>('case.ts', [library, name, warmUpCalls], {}, roomy)
  if (isSkipped(bytes)) return [{ row: name, library, skipped: bytes.skipped }]
  const runs: Record<string, Time>[] = []
  for (let run = 0; run < processes; run++)
    runs.push(await inFreshProcess<Record<string, Time>>('case.ts', [library, name, warmUpCalls, rounds]))
  return Object.entries(bytes).map(([row, allocation]) => ({
    row,
    library,
    ...mediansOf(runs.map(run => run[row]!)),
    ...allocation,
  }))
}

type Found<T> = Record<string, T> | Skipped

function isSkipped<T>(found: Found<T>): found is Skipped {
  return typeof found.skipped === 'string'
}

async function measureKeys(): Promise<KeyedHeap[]> {
  const found: KeyedHeap[] = []
  for (const maxCircuits of [1_000, 10_000])
    found.push(await inFreshProcess('keys.ts', [maxCircuits, keyedCalls]))
  return found
}

function machine(): Machine {
  const found = cpus()
  const versions = ['cockatiel', 'opossum', '@middy/core'].map(name => [name, versionOf(name)])
  return {
    cpu: found[0]?.model.trim() ?? 'unknown CPU',
    cpus: found.length,
    node: process.versions.node,
    versions: Object.fromEntries(versions),
  }
}

function versionOf(name: string): string {
  const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}
