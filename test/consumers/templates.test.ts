import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { Circuit } from '@breakwater/circuit'
import { DynamoDbStore } from '@breakwater/dynamodb'
import { fakeCredentials, type LocalStack, startStack } from '@breakwater/emulator'
import { createCallLog } from '@breakwater/emulator/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkPermissions } from '../permissions/check.ts'
import { root } from '../src/imports.ts'
import { readYaml } from '../templates/yaml.ts'
import { Project } from './project.fixture.ts'

const read = (path: string) => readFileSync(join(root, 'docs', path), 'utf8')
const guide = read('guides/without-cdk.md')
const code = ['gate.mjs', 'orders.mjs', 'charge.mjs']

/** The commands of the guide that bundle, in order, as a shell runs them. */
const bundling = [...guide.matchAll(/^npx esbuild (?:.*\\\n)*.*$/gm)].map(([command]) =>
  command.replace(
    'npx esbuild',
    `"${process.execPath}" node_modules/esbuild/bin/esbuild --log-level=warning`,
  ),
)

const installed = [
  '@aws-lambda-powertools/logger',
  '@aws-lambda-powertools/metrics',
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-ecs',
  '@aws-sdk/client-secrets-manager',
  '@aws-sdk/client-sfn',
  '@aws-sdk/client-ssm',
  'esbuild',
]

let project: Project
let provider: Server
let status = 200
beforeAll(async () => {
  const files = Object.fromEntries(code.map(name => [name, read(`templates/${name}`)]))
  project = new Project({ installed, files })
  provider = createServer((_, response) => {
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  await new Promise(listening => provider.once('listening', listening))
})
afterAll(() => {
  provider.close()
  project.remove()
})

const calls = createCallLog()
let resources: LocalStack['resources']
let stack: LocalStack | undefined
afterEach(async () => {
  await stack?.close()
  stack = undefined
})

async function bundle(command: string | undefined): Promise<void> {
  const { code, output } = await project.run('sh', ['-c', command ?? 'exit 1'])
  expect([code, output]).toEqual([0, ''])
}

async function startShop(): Promise<LocalStack> {
  const { port } = provider.address() as AddressInfo
  const PaymentUrl = `http://127.0.0.1:${port}/charges`
  const shop = {
    name: 'shop',
    template: readYaml(read('templates/cloudformation.yaml')),
    assets: { 'functions.zip': project.path('build') },
  }
  const recycler = {
    name: 'recycler',
    template: JSON.parse(read('templates/recycler.template.json')),
    assets: { 'recycler.zip': project.path('build-recycler') },
  }
  const started = await startStack([shop, recycler], {
    onServiceCall: calls.record,
    parameters: {
      shop: { CodeBucket: 'local', CodeKey: 'functions.zip', PaymentUrl },
      recycler: {
        CodeBucket: 'local',
        CodeKey: 'recycler.zip',
        TableName: 'shop-CircuitsTable',
        Cluster1: 'shop',
        Cluster2: 'back-office',
      },
    },
  })
  resources = started.resources
  return started
}

describe('the guide to other tools than the CDK', () => {
  it('has commands that bundle the functions of the packages as they are packed', async () => {
    expect(bundling).toHaveLength(2)
    for (const command of bundling) await bundle(command)
  })

  it('has templates that run in the emulator with these bundles, and share a circuit', async () => {
    stack = await startShop()
    const { functions, machines, executions, endpoints } = stack
    const charge = async () => {
      const { execution } = executions.start(machines.get('WorkflowStateMachine'), '{"amount":5}')
      return execution.result
    }
    const order = () => functions.get('Orders').invoke('{"amount":5}')

    expect(await charge()).toMatchObject({ status: 'SUCCEEDED', output: { status: 'charged' } })
    expect(await order()).toEqual({ kind: 'answered', value: '{"status":"charged"}' })
    status = 402
    expect(await charge()).toMatchObject({ status: 'SUCCEEDED', output: { status: 'refused' } })

    const client = new DynamoDBClient({
      endpoint: endpoints.dynamodb,
      region: 'us-east-1',
      credentials: fakeCredentials,
    })
    const store = new DynamoDbStore({ tableName: 'shop-CircuitsTable', client })
    await new Circuit('payments', { store }).forceOpen({ by: 'ana', reason: 'the provider is down' })
    expect(await charge()).toMatchObject({ status: 'FAILED', error: 'Breakwater.CircuitOpen' })
    client.destroy()
  })

  it('has a recycler that looks at the clusters named, and touches none', async () => {
    stack = await startShop()
    for (const clusterName of ['shop', 'back-office', 'other'])
      stack.ecs.operations.CreateCluster!({ clusterName })
    const answer = await stack.functions.get('RecyclerPlanner').invoke('{"action":"reconcile"}')
    const value = JSON.stringify({ sources: 0, stale: 0, leftAlone: 0, unseen: 0, started: [], problems: [] })
    expect(answer).toEqual({ kind: 'answered', value })
    expect(stack.ecs.counts()).toMatchObject({ ListServices: 2 })
    expect(stack.ecs.counts()).not.toHaveProperty('UpdateService')
  })

  it('has policies that allow all that both have called', async () => {
    const actions = calls.all().map(({ role, action }) => `${role?.id} ${action}`)
    for (const expected of [
      'OrdersRole dynamodb:BatchGetItem',
      'WorkflowStateMachineRole dynamodb:BatchGetItem',
      'RecyclerPlannerRole ecs:ListServices',
    ])
      expect(actions).toContain(expected)
    expect((await checkPermissions(resources, calls.all())).refused).toEqual([])
  })
})
