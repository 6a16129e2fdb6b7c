import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { type Library, libraries, type OtherName, rows } from './cases.ts'
import { inFreshProcess } from './child.ts'
import { measureColdStart } from './cold-start.ts'
import type { KeyedHeap } from './keys.ts'
import type { Cost } from './measure.ts'
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

/** Measures all that is asked for, one thing after the other, so that nothing disturbs anything. */
export async function measureAll(
  { only, rounds, processes }: Options,
  say: (text: string) => void,
): Promise<Results> {
  const wanted = (name: string) => only?.has(name) ?? true
  const begin = (name: OtherName) => {
    if (wanted(name)) say(name)
    return wanted(name)
  }
  const calls: CallResult[] = []
  for (const library of libraries) {
    const own = rows.filter(({ of, name }) => of.includes(library) && wanted(name))
    for (const name of new Set(own.map(row => row.name))) {
      say(`${library}: ${name}`)
      calls.push(...(await measureCase(library, name, rounds, processes)))
    }
  }
  const sizes = begin('sizes') ? await measureSizes() : undefined
  const imports = begin('imports') ? await measureImports(importRuns) : undefined
  const keys = begin('keys') ? await measureKeys() : undefined
  const shared = wanted('cold-start') || wanted('store') ? await startBenchTable() : undefined
  try {
    const coldStart = begin('cold-start') ? await measureColdStart(shared!, coldStarts) : undefined
    const store = begin('store')
      ? await inFreshProcess<StoreLatency>('store.ts', [firstCalls, laterCalls], shared!.env)
      : undefined
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
  }
}

async function measureCase(
  library: Library,
  name: string,
  rounds: number,
  processes: number,
): Promise<CallResult[]> {
  const runs: Record<string, Cost>[] = []
  for (let run = 0; run < processes; run++) {
    const found = await inFreshProcess<Record<string, Cost> | Skipped>('case.ts', [library, name, rounds])
    if (isSkipped(found)) return [{ row: name, library, skipped: found.skipped }]
    runs.push(found)
  }
  return Object.keys(runs[0]!).map(row => ({ row, library, ...mediansOf(runs.map(run => run[row]!)) }))
}

function isSkipped(found: Record<string, Cost> | Skipped): found is Skipped {
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
