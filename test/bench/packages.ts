import { peers, sizeOf, withBundles } from './bundling.ts'
import { allTogether } from './cases.ts'
import { runNode } from './child.ts'
import { parts } from './parts.ts'
import { mediansOf } from './statistics.ts'

/** The imports of a module that uses something. */
interface Bundle {
  readonly what: string
  readonly statements: string
  readonly external?: readonly string[]
}

const { circuit, sharing, dynamodb, middy } = parts
const guard = (name: string) =>
  `export { ${name} } from '@breakwater/guards${name.endsWith('Policy') ? '/cockatiel' : ''}'`
const guards = ['retry', 'throttle', 'guardFetch', 'guardClient', 'fromPolicy', 'asPolicy']

const sizes: readonly Bundle[] = [
  { what: 'circuit (`Circuit` only)', statements: circuit, external: peers },
  { what: 'circuit + circuit/shared', statements: `${circuit}\n${sharing}`, external: peers },
  { what: 'circuit + dynamodb', statements: `${circuit}\n${dynamodb}`, external: peers },
  { what: 'circuit + middy', statements: `${circuit}\n${middy}`, external: peers },
  { what: allTogether, statements: [circuit, dynamodb, middy].join('\n'), external: peers },
  ...guards.map(name => ({
    what: `guards: \`${name}\` alone`,
    statements: guard(name),
    external: peers,
  })),
  { what: 'guards, all', statements: "export * from '@breakwater/guards'", external: peers },
  {
    what: 'the orders function, bundled: with middy and Powertools, without the SDK',
    statements: "export { handler } from '@breakwater/orders'",
  },
  { what: 'opossum', statements: "export { default } from 'opossum'" },
  {
    what: 'cockatiel: breaker only',
    statements: "export { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel'",
  },
  {
    what: 'cockatiel: breaker, retry, timeout',
    statements:
      "export { ConsecutiveBreaker, circuitBreaker, handleAll, retry, timeout, wrap } from 'cockatiel'",
  },
  { what: 'cockatiel, all', statements: "export * from 'cockatiel'" },
]

/** A bundle's size, min+gzip; none where it cannot be made, as of an export that is not there yet. */
export interface Size {
  readonly what: string
  readonly bytes?: number
  readonly skipped?: string
}

export async function measureSizes(): Promise<Size[]> {
  return Promise.all(
    sizes.map(async ({ what, statements, external }) => {
      try {
        return { what, bytes: await sizeOf(statements, external) }
      } catch (error) {
        const missing = /No matching export[^\n]*/.exec(String(error))?.[0]
        if (missing === undefined) throw error
        return { what, skipped: 'not there yet' }
      }
    }),
  )
}

/** How long importing a bundled package takes in a fresh process, in ms. */
export interface ImportTime {
  readonly what: string
  readonly ms: number
}

const imported: Readonly<Record<string, string>> = {
  'an empty module, for comparison': 'export {}',
  '@breakwater/circuit': "export * from '@breakwater/circuit'",
  '@breakwater/dynamodb': "export * from '@breakwater/dynamodb'",
  '@breakwater/middy': "export * from '@breakwater/middy'",
  '@breakwater/guards': "export * from '@breakwater/guards'",
  '@breakwater/powertools': "export * from '@breakwater/powertools'",
  opossum: "export { default } from 'opossum'",
  cockatiel: "export * from 'cockatiel'",
}

const timed = `const before = process.hrtime.bigint()
await import(process.argv[1])
console.log(JSON.stringify({ ms: Number(process.hrtime.bigint() - before) / 1e6 }))`

export async function measureImports(runs: number): Promise<ImportTime[]> {
  return withBundles(imported, async files => {
    const found = new Map(Object.keys(files).map(what => [what, [] as { ms: number }[]]))
    for (let run = 0; run < runs; run++) {
      for (const [what, file] of Object.entries(files))
        found.get(what)!.push(await runNode(['--input-type=module', '-e', timed, file]))
    }
    return Array.from(found, ([what, times]) => ({ what, ...mediansOf(times) }))
  })
}
