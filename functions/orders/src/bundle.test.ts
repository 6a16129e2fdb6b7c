import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, stop } from 'esbuild'
import { afterAll, expect, it, vi } from 'vitest'

const directory = mkdtemp(join(tmpdir(), 'orders-'))

afterAll(async () => {
  await stop()
  vi.unstubAllEnvs()
  await rm(await directory, { recursive: true })
})

it('the handler bundles into one ES module that needs nothing but Node, and runs', async () => {
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
  const file = join(await directory, 'handler.mjs')
  await writeFile(file, outputFiles[0]!.contents)
  vi.stubEnv('PAYMENT_URL', 'http://127.0.0.1:9/charges')
  vi.stubEnv('CIRCUIT_TABLE', undefined)
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT')
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true')
  const { handler } = await import(pathToFileURL(file).href)
  const event = { httpMethod: 'GET', path: '/health', body: null }
  const answer = await handler(event, { getRemainingTimeInMillis: () => 1_000 })
  expect(JSON.parse(answer.body)).toMatchObject({ status: 'ok' })
}, 30_000)
