import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../src/imports.ts'
import { pages, snippetsOf } from '../src/snippets.ts'
import { Project } from './project.fixture.ts'

/** What readers of a page have installed besides ours: all that a page may import. */
const installed = [
  '@aws-lambda-powertools/logger',
  '@aws-lambda-powertools/metrics',
  '@aws-sdk/client-cloudwatch',
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-ecs',
  '@aws-sdk/client-secrets-manager',
  '@aws-sdk/client-sfn',
  '@aws-sdk/client-sqs',
  '@aws-sdk/client-ssm',
  '@middy/core',
  '@middy/http-cors',
  '@middy/http-error-handler',
  '@types/aws-lambda',
  '@types/node',
  'aws-cdk-lib',
  'cockatiel',
  'constructs',
  'fast-check',
  'vitest',
  'yaml',
]

const compilerOptions = {
  target: 'es2022',
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node'],
  module: 'nodenext',
}
const tsc = join(root, 'node_modules/typescript/bin/tsc')

let project: Project
beforeAll(() => {
  project = new Project({ installed })
})
afterAll(() => project.remove())

describe('the files of all pages, in a project that has the packages as they are packed', () => {
  it('compile', async () => {
    const files = pages
      // What the packages say to those who work on them may import what is not published.
      .filter(page => !/^(CONTRIBUTING|packages\/demo|functions\/(?!recycle))/.test(page))
      .flatMap(page =>
        snippetsOf(page).map(({ file, code }) => [`${page.replaceAll('/', '.')}/${file}`, code]),
      )
    expect(files.length).toBeGreaterThan(30)
    project.write({
      ...Object.fromEntries(files.map(([path, code]) => [path, `${code}\nexport {}\n`])),
      'tsconfig.json': JSON.stringify({ compilerOptions, include: ['**/*.ts'] }),
    })
    const { output } = await project.node([tsc, '-p', '.', '--pretty', 'false'])
    expect(output).toBe('')
  })
})

describe.each(['module', 'commonjs'] as const)("the README's first file, in a project of type %s", type => {
  it('compiles, and answers while the provider cannot be reached and no table is there', async () => {
    const [first] = snippetsOf('README.md')
    const own = new Project({ type, installed: ['@aws-sdk/client-dynamodb', '@types/node'] })
    try {
      own.write({
        'src/orders.ts': first!.code,
        'tsconfig.json': JSON.stringify({
          compilerOptions: { ...compilerOptions, noEmit: false, rootDir: 'src', outDir: 'out' },
          files: ['src/orders.ts'],
        }),
        'run.mjs': `globalThis.fetch = async () => { throw new TypeError('fetch failed') }
const { handler } = await import('./out/orders.js')
for (let order = 0; order < 12; order++) console.log((await handler({ id: String(order), amount: 1 })).status)
process.exit()`,
      })
      expect((await own.node([tsc, '-p', '.'])).output).toBe('')
      const { stdout } = await own.run(process.execPath, ['run.mjs'], {
        CIRCUIT_TABLE: 'circuits',
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        // Nothing listens there.
        AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
      })
      expect(stdout).toBe('pending\n'.repeat(12))
    } finally {
      own.remove()
    }
  })
})
