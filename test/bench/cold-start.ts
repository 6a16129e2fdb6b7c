import { withBundles } from './bundling.ts'
import { runNode } from './child.ts'
import { mediansOf } from './statistics.ts'
import type { BenchTable } from './table-server.ts'

/** The phases of a cold start, in ms. */
export interface Phases {
  readonly importMs: number
  readonly constructMs: number
  readonly firstCallMs: number
  readonly secondCallMs: number
}

export interface ColdStart {
  readonly plain: Phases
  readonly breakwater: Phases
  readonly runs: number
}

const handle = "async () => ({ statusCode: 200, body: '42' })"

/** Handlers as they would be deployed, but for the function that lets each phase be timed by itself. */
const handlers = {
  plain: `import middy from '@middy/core'
export const construct = () => middy(${handle})`,
  breakwater: `import middy from '@middy/core'
import { Circuit } from '@breakwater/circuit'
import { DynamoDbStore } from '@breakwater/dynamodb'
import { circuitBreaker } from '@breakwater/middy'
export const construct = () => {
  const circuit = new Circuit('bench', { store: new DynamoDbStore({ tableName: process.env.CIRCUIT_TABLE }) })
  return middy(${handle}).use(circuitBreaker({ circuit }))
}`,
} as const

const timed = `const event = { httpMethod: 'GET', path: '/' }
const context = { getRemainingTimeInMillis: () => 30_000 }
const marks = [process.hrtime.bigint()]
const mark = () => marks.push(process.hrtime.bigint())
const { construct } = await import(process.argv[1])
mark()
const handler = construct()
mark()
await handler(event, context)
mark()
const { statusCode } = await handler(event, context)
mark()
if (statusCode !== 200) throw new Error('answered ' + statusCode)
const [importMs, constructMs, firstCallMs, secondCallMs] =
  marks.slice(1).map((at, index) => Number(at - marks[index]) / 1e6)
console.log(JSON.stringify({ importMs, constructMs, firstCallMs, secondCallMs }))
process.exit()`

/** Starts both handlers again and again, turn by turn, each time in a fresh process. */
export async function measureColdStart(table: BenchTable, runs: number): Promise<ColdStart> {
  return withBundles(handlers, async files => {
    const found = { plain: [] as Phases[], breakwater: [] as Phases[] }
    for (let run = 0; run < runs; run++) {
      for (const name of ['plain', 'breakwater'] as const)
        found[name].push(await runNode(['--input-type=module', '-e', timed, files[name]!], table.env))
    }
    return { plain: mediansOf(found.plain), breakwater: mediansOf(found.breakwater), runs }
  })
}
