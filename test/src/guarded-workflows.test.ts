import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import {
  CircuitGate,
  CircuitTable,
  GuardedCallWorkflow,
  GuardedTask,
  nodeFunction,
  WorkflowApi,
} from '@breakwater/constructs'
import { fakeCredentials, type LocalStack, readAssembly, startStack } from '@breakwater/emulator'
import { checkDefinition } from '@breakwater/workflows'
import { App, CfnOutput, Stack } from 'aws-cdk-lib'
import { DefinitionBody, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import { afterAll, beforeAll, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'breakwater-workflows-'))
let local: LocalStack
beforeAll(async () => {
  synthesise(folder)
  local = await startStack(readAssembly(folder))
})
afterAll(async () => {
  await local?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What the guide makes, of constructs alone: a gate, the workflow that is ready to use, and a guarded task. */
function synthesise(outdir: string): void {
  const app = new App({ outdir, analyticsReporting: false })
  const stack = new Stack(app, 'Shop')
  const table = new CircuitTable(stack, 'Circuits')
  const gate = new CircuitGate(stack, 'Gate', {
    table,
    circuits: ['payments'],
    policy: { minimumCalls: 3, refreshMs: 50, openMs: 60_000 },
  })
  const entry = new URL('charge.fixture.ts', import.meta.url)
  const charger = nodeFunction(stack, 'Charger', { entry, description: 'Charges a card' })
  const call = new GuardedCallWorkflow(stack, 'Call', {
    table,
    gate,
    targets: {
      charge: { function: charger, circuit: 'payments' },
      quote: { function: charger, circuit: 'payments', fallback: { charged: 0 } },
    },
  })
  const charge = new GuardedTask(stack, 'Charge', {
    table,
    gate,
    circuit: 'payments',
    functions: [charger],
    task: {
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: charger.functionArn, Payload: '{% $states.input %}' },
      Output: '{% $states.result.Payload %}',
    },
  })
  const orders = new StateMachine(stack, 'Orders', {
    stateMachineType: StateMachineType.EXPRESS,
    definitionBody: DefinitionBody.fromChainable(charge),
  })
  const api = new WorkflowApi(stack, 'Api', { restApiName: 'workflows', auth: 'API_KEY' })
  api.addSync('guarded-call', { workflow: call.stateMachine })
  api.addSync('orders', { workflow: orders })
  new CfnOutput(stack, 'ChargerArn', { value: charger.functionArn })
  new CfnOutput(stack, 'GateArn', { value: gate.functionArn })
  new CfnOutput(stack, 'TableName', { value: table.tableName })
  app.synth()
}

async function post(path: string, body: object) {
  const { url, apiKeys } = local.apis.get('workflows')
  const response = await fetch(`${url}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': Object.values(apiKeys)[0]! },
    body: JSON.stringify(body),
  })
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: await response.json(),
  }
}

it('a guarded call and a guarded task share a circuit, through the gate that the constructs made', async () => {
  const charge = (amount: number, more = {}) =>
    post('guarded-call', { target: 'charge', payload: { amount }, ...more })

  expect(await charge(5)).toMatchObject({ status: 200, body: { via: 'call', result: { charged: 5 } } })
  expect(await post('orders', { amount: 7 })).toMatchObject({ status: 200, body: { charged: 7 } })
  expect(await charge(5, { target: 'refund' })).toMatchObject({
    status: 400,
    body: { error: 'Breakwater.BadInput' },
  })

  // The error of the function, with its message and its stack, is not for callers.
  const failed = await charge(-1)
  expect(failed).toEqual({
    status: 500,
    retryAfter: null,
    body: {
      error: 'Breakwater.WorkflowFailed',
      cause: 'The history of the execution says why',
      requestId: expect.any(String),
      execution: expect.any(String),
    },
  })
  let failures = 1
  while ((await post('orders', { amount: -1 })).status === 500) expect(failures++).toBeLessThan(200)

  const open = {
    status: 503,
    retryAfter: expect.stringMatching(/^\d+$/),
    body: { error: 'Breakwater.CircuitOpen' },
  }
  expect(await charge(5)).toMatchObject(open)
  expect(await post('orders', { amount: 7 })).toMatchObject(open)
  expect(await charge(5, { target: 'quote' })).toMatchObject({
    status: 200,
    body: { via: 'fallback', result: { charged: 0 }, cause: 'rejected' },
  })
})

it('a caller chose the function, the circuit and the address that a guarded call used', async () => {
  const before = await rows()
  const own = { functionArn: local.outputs.Shop!.ChargerArn, gateArn: local.outputs.Shop!.GateArn }
  for (const attack of [
    { functionArn: own.functionArn, circuit: 'payments', payload: { amount: 1 } },
    { functionArn: own.gateArn, circuit: 'x', payload: { action: 'acquire', circuit: 'payments' } },
    { target: 'charge', functionArn: own.gateArn, payload: { amount: 1 } },
    { target: 'charge', circuit: 'recycler:label-changes', payload: { amount: 1 } },
    { target: 'charge', http: { apiEndpoint: 'https://evil.example.com' }, payload: { amount: 1 } },
    { target: own.gateArn, payload: {} },
  ]) {
    expect(await post('guarded-call', attack)).toMatchObject({
      status: 400,
      body: { error: 'Breakwater.BadInput' },
    })
  }
  expect(await rows()).toEqual(before)
})

/** Keys of all that is in the table. */
async function rows(): Promise<string[]> {
  const TableName = String(local.outputs.Shop!.TableName)
  const region = 'eu-west-1'
  const client = new DynamoDBClient({
    endpoint: local.endpoints.dynamodb,
    region,
    credentials: fakeCredentials,
  })
  const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }))
  client.destroy()
  return Items.map(item => `${item.circuit?.S} ${item.part?.S}`).sort()
}

it('both definitions pass checkDefinition', () => {
  const machines = local.resources.filter(({ type }) => type === 'AWS::StepFunctions::StateMachine')
  expect(machines).toHaveLength(2)
  for (const { properties } of machines)
    expect(checkDefinition(JSON.parse(String(properties.DefinitionString)))).toEqual([])
})
