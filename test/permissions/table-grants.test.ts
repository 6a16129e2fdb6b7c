import { Circuit } from '@breakwater/circuit'
import { CircuitTable } from '@breakwater/constructs'
import { DynamoDbStore } from '@breakwater/dynamodb'
import { type LocalStack, startStack } from '@breakwater/emulator'
import { createCallLog } from '@breakwater/emulator/testing'
import { App, Stack } from 'aws-cdk-lib'
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkPermissions } from './check.ts'

/** A function that guards the circuit `payments`, and one that operates it. Each answers the key that its role calls by. */
function synthesise() {
  const app = new App({ analyticsReporting: false })
  const stack = new Stack(app, 'Shop')
  const table = new CircuitTable(stack, 'Circuits', { tableName: 'circuits' })
  const make = (id: string) =>
    new LambdaFunction(stack, id, {
      functionName: id,
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => process.env.AWS_ACCESS_KEY_ID'),
    })
  table.grantGuard(make('Guard'), ['payments'])
  table.grantOperate(make('Operator'), ['payments'])
  return { name: 'Shop', template: app.synth().getStackByName('Shop').template as unknown }
}

let calls = createCallLog()
let stack: LocalStack
beforeAll(async () => {
  stack = await startStack([synthesise()], { onServiceCall: call => calls.record(call) })
})
afterAll(() => stack?.close())

const stores: DynamoDbStore[] = []
afterEach(() => {
  for (const store of stores.splice(0)) store.close()
  calls = createCallLog()
})

/** A store that calls by the role of a function. */
async function storeOf(id: string): Promise<DynamoDbStore> {
  const { value } = (await stack.functions.get(id).invoke('{}')) as { value: string }
  const credentials = { accessKeyId: JSON.parse(value), secretAccessKey: 'local', sessionToken: 'local' }
  const clientConfig = { region: 'us-east-1', endpoint: stack.endpoints.dynamodb, credentials }
  const store = new DynamoDbStore({ tableName: 'circuits', clientConfig, requestTimeoutMs: 30_000 })
  stores.push(store)
  return store
}

const act = { by: 'ana', reason: 'test' }
const policy = { consecutiveFailures: 2, openMs: 20, probes: 1, recoveryMs: 1, refreshMs: 20 }

async function breakAndMend(circuit: Circuit): Promise<void> {
  const call = (fails: boolean) =>
    circuit.run(() => {
      if (fails) throw new Error('down')
    })
  for (let state = ''; state !== 'OPEN'; { state } = await circuit.refresh()) await call(true).catch(() => {})
  for (let state = ''; state !== 'CLOSED'; { state } = await circuit.refresh())
    await call(false).catch(() => {})
}

/** Logs are allowed by a policy that AWS manages. */
const tableCalls = () => calls.all().filter(({ action }) => action.startsWith('dynamodb:'))

async function refusals(): Promise<readonly string[]> {
  const { refused } = await checkPermissions(stack.resources, tableCalls())
  return refused.map(line => line.replace(/ServiceRole\w+| on arn:\S+/g, ''))
}

describe('grantGuard', () => {
  it('allows all that a circuit asks of its table', async () => {
    await breakAndMend(new Circuit('payments', { store: await storeOf('Guard'), ...policy }))
    expect(calls.all().map(({ action }) => action)).toContain('dynamodb:UpdateItem')
    expect(await refusals()).toEqual([])
  })

  it('allows no other circuit, and no override', async () => {
    const store = await storeOf('Guard')
    await breakAndMend(new Circuit('refunds', { store, ...policy }))
    await new Circuit('payments', { store }).release(act)
    expect(await refusals()).toEqual([
      expect.stringMatching(/^Guard: dynamodb:BatchGetItem with .*"circuit#refunds".*: ImplicitlyDenied$/),
      expect.stringMatching(/^Guard: dynamodb:UpdateItem with .*\["circuit#refunds"\].*: ImplicitlyDenied$/),
      expect.stringMatching(/^Guard: dynamodb:UpdateItem with .*\["control#payments"\].*: ImplicitlyDenied$/),
    ])
  })
})

describe('grantOperate', () => {
  it('allows to set and release an override, to look, and to read who did', async () => {
    const store = await storeOf('Operator')
    const circuit = new Circuit('payments', { store })
    await circuit.forceOpen(act)
    await circuit.release(act)
    await circuit.refresh()
    expect((await store.audits('payments')).map(({ by }) => by)).toEqual(['ana', 'ana', 'ana'])
    const { refused, unused } = await checkPermissions(stack.resources, tableCalls())
    expect(refused).toEqual([])
    expect(unused.filter(name => name.startsWith('Shop.OperatorServiceRoleDefaultPolicy'))).toEqual([])
  })

  it('allows no other circuit, and no change of a state', async () => {
    const store = await storeOf('Operator')
    await new Circuit('refunds', { store }).forceOpen(act)
    await breakAndMend(new Circuit('payments', { store, ...policy }))
    expect(await refusals()).toEqual([
      expect.stringMatching(
        /^Operator: dynamodb:UpdateItem with .*\["circuit#payments"\].*: ImplicitlyDenied$/,
      ),
      expect.stringMatching(
        /^Operator: dynamodb:UpdateItem with .*\["control#refunds"\].*: ImplicitlyDenied$/,
      ),
    ])
  })
})
