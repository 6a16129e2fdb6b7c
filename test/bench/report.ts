import { libraries, rows } from './cases.ts'
import { type Judged, judgeAll } from './claims.ts'
import type { Phases } from './cold-start.ts'
import type { CallResult, Machine, Results } from './results.ts'
import type { Latency } from './store.ts'
import { number, type Table } from './table.ts'

/** Where it was measured, in a line. */
export function machineOf({ cpu, cpus, node, versions }: Machine): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `${cpu}, ${cpus} CPUs; Node ${node}; ${named.join(', ')}`
}

/**
 * The tables of what was measured, by the names of their markers in docs/performance.md. Where only some of it was meant
 * to be (`partial`), the claims that cannot be judged are left out.
 */
export function tablesOf(results: Results, partial = false): ReadonlyMap<string, Table> {
  const judged = judgeAll(results).filter(({ verdict }) => verdict || !partial)
  const found: [string, Table | undefined][] = [
    ['calls', callsOf(results)],
    ['sizes', sizesOf(results)],
    ['imports', importsOf(results)],
    ['cold-start', coldStartOf(results)],
    ['store', storeOf(results)],
    ['keys', keysOf(results)],
    ['claims', judged.length > 0 ? claimsOf(judged) : undefined],
  ]
  return new Map(found.filter((entry): entry is [string, Table] => entry[1] !== undefined))
}

function callsOf({ calls }: Results): Table | undefined {
  if (calls.length === 0) return undefined
  const measured = calls.filter(result => 'ratio' in result)
  const plain = measured.find(({ row }) => row.startsWith('closed'))
  const bare = plain && [
    'the bare call',
    `${number(plain.bareNs)} ns, ${number(plain.bareBytes)} B`,
    ...libraries.slice(1).map(() => ''),
  ]
  return {
    title: 'CPU time of a call beside the bare one; ns and bytes allocated, the call itself included',
    columns: ['call', ...libraries],
    rows: [
      ...(bare ? [bare] : []),
      ...rows
        .filter(({ id }) => calls.some(({ row }) => row === id))
        .map(({ id, title }) => [
          title,
          ...libraries.map(library =>
            cellOf(calls.find(found => found.row === id && found.library === library)),
          ),
        ]),
    ],
  }
}

function cellOf(result: CallResult | undefined): string {
  if (result === undefined) return '-'
  if ('skipped' in result) return `skipped: ${result.skipped}`
  const { ratio, ns, bytes } = result
  return `${number(ratio)} x, ${number(ns)} ns, ${number(bytes)} B`
}

function sizesOf({ sizes }: Results): Table | undefined {
  return (
    sizes && {
      title: 'Size of a bundle, minified and gzipped',
      columns: ['bundle', 'bytes'],
      rows: sizes.map(({ what, bytes, skipped }) => [
        what,
        bytes === undefined ? `${skipped}` : number(bytes),
      ]),
    }
  )
}

function importsOf({ imports }: Results): Table | undefined {
  return (
    imports && {
      title: 'Import of a bundled package in a fresh process',
      columns: ['package', 'ms'],
      rows: imports.map(({ what, ms }) => [what, ms.toFixed(2)]),
    }
  )
}

function coldStartOf({ coldStart }: Results): Table | undefined {
  if (!coldStart) return undefined
  const { plain, breakwater, runs } = coldStart
  const phases: [string, keyof Phases][] = [
    ['import', 'importMs'],
    ['construction', 'constructMs'],
    ['first call (Breakwater: loads the SDK, reads the table)', 'firstCallMs'],
    ['second call', 'secondCallMs'],
  ]
  return {
    title: `Cold start of a bundled middy handler, medians of ${runs} fresh processes`,
    columns: ['phase, in ms', 'plain', 'with Breakwater', 'added'],
    rows: phases.map(([what, phase]) => [
      what,
      ...[plain[phase], breakwater[phase], breakwater[phase] - plain[phase]].map(ms => ms.toFixed(2)),
    ]),
  }
}

function storeOf({ store }: Results): Table | undefined {
  if (!store) return undefined
  const line = (what: string, { alone, shared, calls }: typeof store.first) => {
    const figures = (share: keyof Latency) => [alone[share], shared[share], shared[share] - alone[share]]
    return [`${what} (${calls})`, ...figures('p50').map(number), ...figures('p99').map(number)]
  }
  return {
    title: 'Wall time of a call with a circuit table (dynalite on loopback)',
    columns: ['calls, in µs', 'p50 without', 'p50 with', 'p50 added', 'p99 without', 'p99 with', 'p99 added'],
    rows: [
      line('first of an environment, SDK loaded', store.first),
      line('steady traffic, a refresh due now and then', store.steady),
      line('after a pause of more than two `refreshMs`', store.rested),
    ],
  }
}

function keysOf({ keys }: Results): Table | undefined {
  const [one] = keys ?? []
  if (!keys || !one) return undefined
  return {
    title: `Heap after so many calls over ${one.keys.toLocaleString('en')} keyed circuits`,
    columns: [
      'heap in MB after calls',
      ...keys.map(({ maxCircuits }) => `maxCircuits ${maxCircuits.toLocaleString('en')}`),
    ],
    rows: one.heaps.map((_, index) => [
      ((index + 1) * one.every).toLocaleString('en'),
      ...keys.map(({ heaps }) => (heaps[index]! / 1e6).toFixed(2)),
    ]),
  }
}

function claimsOf(judged: readonly Judged[]): Table {
  return {
    title: 'What is promised',
    words: 4,
    columns: ['what', 'must be', 'is', 'verdict'],
    rows: judged.map(({ what, target, verdict }) => [
      what,
      target,
      verdict?.found ?? 'not measured',
      verdict === undefined ? '-' : verdict.holds ? 'holds' : 'missed',
    ]),
  }
}
