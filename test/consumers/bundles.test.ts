import { type DynaliteServer, startDynalite } from '@breakwater/emulator'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runner, source } from './function.fixture.ts'
import { nodes, Project } from './project.fixture.ts'

let project: Project
let dynamodb: DynaliteServer
beforeAll(async () => {
  dynamodb = await startDynalite(0, 'eu-west-1', async () => {})
  const installed = ['@aws-sdk/client-dynamodb', '@aws-lambda-powertools/logger', 'middy6']
  project = new Project({ type: 'commonjs', installed, files: { 'src/pay.ts': source, 'run.cjs': runner } })
})
afterAll(async () => {
  project?.remove()
  await dynamodb?.close()
})

const cases = nodes.flatMap(([version, node]) =>
  (['esm', 'cjs'] as const).map(format => ({ version, node, format })),
)

// As NodejsFunction of the CDK bundles: one file, the SDK left to the runtime.
it.each(cases)('one file in format $format runs on the $version Node, as Lambda starts it', async one => {
  const { version, node, format } = one
  const file = `bundle-${version}.${format === 'esm' ? 'mjs' : 'cjs'}`
  await build({
    entryPoints: [project.path('src/pay.ts')],
    outfile: project.path(file),
    bundle: true,
    minify: true,
    format,
    platform: 'node',
    target: 'node20',
    external: ['@aws-sdk/*'],
    nodePaths: [],
    logLevel: 'silent',
    ...(format === 'esm' && {
      banner: {
        js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
      },
    }),
  })
  const { code, stdout, output } = await project.run(
    node,
    ['--no-experimental-require-module', 'run.cjs', `./${file}`],
    {
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      CIRCUIT_TABLE: `circuits-${version}-${format}`,
    },
  )
  expect([code, code === 0 ? '' : output]).toEqual([0, ''])
  expect(JSON.parse(stdout)).toEqual({
    answers: ['DynamoDB', 'failed', 'failed', 'failed', 'open'],
    suspect: true,
    store: 'available',
  })
})
