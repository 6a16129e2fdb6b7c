import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, stop } from 'esbuild'
import { afterAll, expect, it, vi } from 'vitest'
import { startTable } from './dynalite.fixture.ts'

const directory = mkdtemp(join(tmpdir(), 'circuit-gate-'))
const table = startTable()

afterAll(async () => {
  await stop()
  vi.unstubAllEnvs()
  await (await table).stop()
  await rm(await directory, { recursive: true })
})

it('the handler bundles into one ES module that needs nothing but Node, and its copies share a circuit', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('handler.ts', import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    conditions: ['@breakwater/source'],
    mainFields: ['module', 'main'],
    // Bundled CommonJS calls require, which an ES module does not have.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    outfile: 'handler.mjs',
    logLevel: 'silent',
  })
  expect(outputFiles).toHaveLength(1)
  const [output] = Object.values(metafile.outputs)
  const foreign = output!.imports.filter(({ path }) => !builtinModules.includes(path.replace('node:', '')))
  expect(foreign).toEqual([])
  const { variables, open, stateOf } = await table
  const quiet = { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' }
  const options = {
    CIRCUIT_OPTIONS: '{"circuits":{"payments":{"probes":1,"storeWaitMs":20000}}}',
    ...quiet,
    ...variables,
  }
  for (const [name, value] of Object.entries(options)) vi.stubEnv(name, value)
  const start = async (name: string) => {
    const file = join(await directory, `${name}.mjs`)
    await writeFile(file, outputFiles[0]!.contents)
    const { handler } = await import(pathToFileURL(file).href)
    return (request: object) => handler(request, { functionName: 'gate' })
  }
  const [here, there] = [await start('here'), await start('there')]
  await open('payments')
  const { admitted, token } = await here({ action: 'acquire', circuit: 'payments' })
  expect(admitted).toBe(true)
  await there({ action: 'record', circuit: 'payments', token, outcome: { ok: true } })
  expect(await stateOf('payments')).toBe('CLOSED')
}, 30_000)
