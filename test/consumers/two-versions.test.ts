import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root } from '../src/imports.ts'
import { tier } from '../tier.ts'
import { unpacked } from './packed.fixture.ts'
import { Project } from './project.fixture.ts'

const source = `import { Circuit, Circuits } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import { DynamoDbStore } from '@breakwater/dynamodb'
import { guardClient, guardFetch, retry, throttle } from '@breakwater/guards'
import { circuitBreaker } from '@breakwater/middy'
import { circuitLogger } from '@breakwater/powertools'
import { WorkflowClient } from '@breakwater/workflows/client'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'

const clock = new VirtualClock()
const store = new DynamoDbStore({ tableName: 'circuits' })
const payments = new Circuit('payments', { store, retry: retry(), throttle: throttle(), clock })
payments.on(circuitLogger({ debug() {}, info() {}, warn() {}, error() {} }))
export const middleware = circuitBreaker({ circuit: payments, clock })
export const client = guardClient(new DynamoDBClient({}), new Circuits({ store }))
export const guarded = guardFetch(new Circuits({ store }))
export const workflows = new WorkflowClient()
payments.run(() => 'up').then(answer => console.log(answer, payments.status().state))
`

/** A circuit one patch ahead of the copy that each of the others has beside it, as an installer may leave them. */
let project: Project
beforeAll(() => {
  if (tier === 'short') return
  const installed = [
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/client-sfn',
    '@aws-lambda-powertools/logger',
    '@aws-lambda-powertools/metrics',
    '@types/node',
  ]
  project = new Project({ installed, files: { 'src/index.ts': source } })
  for (const name of ['dynamodb', 'guards', 'middy', 'powertools', 'workflows']) {
    const copy = project.path('node_modules/@breakwater', name, 'node_modules/@breakwater/circuit')
    cpSync(join(unpacked(), 'circuit'), copy, { recursive: true })
  }
  const manifest = project.path('node_modules/@breakwater/circuit/package.json')
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"version": "[^"]*"/, '"version": "0.1.1"'))
})
afterAll(() => project?.remove())

it.runIf(tier === 'long')(
  'a patch of the circuit compiles and runs beside packages that have the one before',
  async () => {
    project.write({
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          target: 'es2022',
          module: 'nodenext',
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: true,
          types: ['node'],
          rootDir: 'src',
          outDir: 'out',
        },
        files: ['src/index.ts'],
      }),
    })
    const compiled = await project.node([join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'])
    expect(compiled.output).toBe('')
    const { stdout } = await project.node(['out/index.js'])
    expect(stdout).toBe('up CLOSED\n')
  },
)
