import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs'
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { type DemoStack, Narrator, playRotation, recyclerVariables, startDemoStack } from '@breakwater/demo'
import { createCallLog, policiesFor } from '@breakwater/emulator/testing'
import { KillSwitch } from '@breakwater/recycler'
import { DynamoDbRecyclerStore } from '@breakwater/recycler/dynamodb'
import type { RecycleReport } from '@breakwater/recycler/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkPermissions, decide } from '../permissions/check.ts'
import { playOrders, quickCircuit } from '../permissions/play.ts'
import { unexplained } from '../permissions/reasons.ts'

/** The reference stack as it is deployed, with its own functions, rules, queues and workflow. */
let demo: DemoStack
const lines: string[] = []
const logs: string[] = []
const calls = createCallLog()
beforeAll(async () => {
  demo = await startDemoStack({
    env: role =>
      role === 'recycler'
        ? recyclerVariables
        : { CIRCUIT_OPTIONS: JSON.stringify({ circuits: { payments: quickCircuit } }) },
    onServiceCall: calls.record,
    onLog: (environment, text) => environment.startsWith('recycler') && logs.push(text),
  })
})
afterAll(() => demo?.close())

const signal = AbortSignal.timeout(240_000)

const clientOptions = () => ({
  region: demo.stack.variables.AWS_REGION!,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
})

async function startByHand(input: object): Promise<{ status: number; report: RecycleReport | undefined }> {
  const url = `${demo.workflows.url}/workflows/recycle-services`
  const { fetch } = demo.workflows.recycleOperator
  const headers = { 'Content-Type': 'application/json' }
  const started = await fetch(url, { method: 'POST', headers, body: JSON.stringify(input) })
  if (started.status !== 202) return { status: started.status, report: undefined }
  await started.body?.cancel()
  const machine = [...demo.stack.machines].find(({ name }) => /recycle/i.test(name))!
  const [newest] = demo.stack.executions.of(machine)
  const { output } = await newest!.execution.result
  return { status: 202, report: output as unknown as RecycleReport }
}

/** The result of the execution that an event starts for a change; waits for the event. */
async function startedByEvent(sequence: number) {
  const machine = [...demo.stack.machines].find(({ name }) => /recycle/i.test(name))!
  for (;;) {
    const all = demo.stack.executions.of(machine)
    const found = all.find(({ input }) => JSON.parse(input).sequence === sequence)
    if (found) return found.execution.result
    await sleep(50, undefined, { signal })
  }
}

test('a rotated secret reaches two of five services, canary first, and three are left alone for a reason', async () => {
  const narrator = new Narrator(line => lines.push(line), false)
  const recycle = await playRotation({ demo, narrator, signal })
  expect(recycle).toMatchObject({ secret: 'shop/database', candidates: 5, recycled: 2, failed: 0 })
  expect(Object.fromEntries(recycle!.skipped.map(({ service, reason }) => [service, reason]))).toEqual({
    'audit-log': 'pinned-version',
    ledger: 'code-deploy',
    reports: 'not-opted-in',
  })
  const printed = lines.join('\n')
  expect(printed.match(/, as the canary/g)).toHaveLength(1)
  expect(printed).toMatch(/left alone/)
  for (const name of ['billing', 'checkout']) {
    for (const { readings } of demo.stack.ecs.tasks(`shop/${name}`)) {
      expect(readings.map(({ versionId }) => versionId)).toEqual([currentVersion()])
    }
  }
})

function currentVersion(): string {
  return demo.stack.secrets.lookup('shop/database')!.versionId
}

test('started by hand it finds nothing left to do, and a dry run says what it would do', async () => {
  const { report } = await startByHand({ secretId: 'shop/database' })
  expect(report).toMatchObject({ ending: 'finished', counts: { recycled: 0, failed: 0 } })
  const dry = await startByHand({ secretId: 'shop/database', dryRun: true })
  expect(dry.report).toMatchObject({ ending: 'dry-run', dryRun: true })
  expect(dry.report!.plan!.join('\n')).toContain('shop/database')
  expect(await startByHand({ secretId: 5 })).toMatchObject({ status: 400 })
  expect(await startByHand({})).toMatchObject({ status: 400 })
})

test('started by hand for a secret that is not there it says so, as a mistake of the caller', async () => {
  const url = `${demo.workflows.url}/workflows/recycle-services`
  const { fetch } = demo.workflows.recycleOperator
  const headers = { 'Content-Type': 'application/json' }
  const started = await fetch(url, { method: 'POST', headers, body: '{"secretId":"nope"}' })
  const { execution } = (await started.json()) as { execution: string }
  const machine = [...demo.stack.machines].find(({ name }) => /recycle/i.test(name))!
  const refused = demo.stack.executions.of(machine).find(one => one.execution.name === execution)!
  expect(await refused.execution.result).toMatchObject({ status: 'FAILED', error: 'Breakwater.BadInput' })
  const answer = await fetch(`${url}/${execution}`)
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('secretId: got')])
})

test('while it is stopped by hand nothing is recycled, and what was missed is made up for by the reconcile', async () => {
  const store = new DynamoDbRecyclerStore({
    tableName: [...demo.stack.resources].find(({ type }) => type.startsWith('AWS::DynamoDB::'))!.name,
    clientConfig: { ...clientOptions(), endpoint: demo.stack.endpoints.dynamodb },
  })
  // A task of no service, which plans warn of.
  demo.stack.ecs.operations.RunTask!({ cluster: 'shop', taskDefinition: 'reports' })
  const killSwitch = new KillSwitch(store)
  await killSwitch.stop({ by: 'ana', reason: 'test' })
  const secrets = new SecretsManagerClient({
    ...clientOptions(),
    endpoint: demo.stack.endpoints.secretsmanager,
  })
  const ecs = new ECSClient({ ...clientOptions(), endpoint: demo.stack.endpoints.ecs })
  try {
    await secrets.send(
      new PutSecretValueCommand({ SecretId: 'shop/database', SecretString: 'not-to-be-logged-3' }),
    )
    expect((await startByHand({ secretId: 'shop/database' })).report).toMatchObject({ ending: 'stopped' })
    // The execution that the event started must have stopped as well, before recycling is allowed again.
    expect((await startedByEvent(3)).output).toMatchObject({ ending: 'stopped' })
    const primary = async () => {
      const { services } = await ecs.send(
        new DescribeServicesCommand({ cluster: 'shop', services: ['checkout'] }),
      )
      return services![0]!.deployments!.find(({ status }) => status === 'PRIMARY')!.id
    }
    const before = await primary()
    await killSwitch.release({ by: 'ana', reason: 'test is over' })
    const planner = [...demo.stack.functions].find(({ name }) => /planner/i.test(name))!
    const outcome = await planner.invoke('{"action":"reconcile"}')
    expect(outcome).toMatchObject({ kind: 'answered' })
    const { started, stale } = JSON.parse((outcome as { value: string }).value)
    expect(started).toHaveLength(1)
    expect(stale).toBeGreaterThanOrEqual(2)
    const machine = [...demo.stack.machines].find(({ name }) => /recycle/i.test(name))!
    const { execution } = demo.stack.executions.of(machine).find(one => one.execution.name === started[0])!
    // While it runs, and its record says so, another reconcile finds it running.
    for (let again = started; again.length > 0; ) {
      const { value } = (await planner.invoke('{"action":"reconcile"}')) as { value: string }
      again = JSON.parse(value).started
    }
    expect(await execution.result).toMatchObject({ status: 'SUCCEEDED', output: { ending: 'finished' } })
    expect(await primary()).not.toBe(before)
  } finally {
    secrets.destroy()
    ecs.destroy()
    store.close()
  }
})

test('a parameter that changes is looked at', async () => {
  demo.stack.parameters.operations.PutParameter!({ Name: '/shop/mode', Value: 'on', Type: 'String' })
  const change = () => [...demo.stack.machines].flatMap(machine => demo.stack.executions.of(machine))
  for (;;) {
    const found = change().find(({ input }) => input.includes('parameter/shop/mode'))
    if (found) return expect(await found.execution.result).toMatchObject({ status: 'SUCCEEDED' })
    await sleep(50, undefined, { signal })
  }
})

test('orders and workflows go through every state of the circuit', async () => {
  await playOrders(demo, signal)
  const bus = [...demo.stack.buses].find(({ name }) => name.startsWith('breakwater'))!
  bus.put({
    source: 'breakwater',
    detailType: 'Circuit State Changed',
    detail: { circuit: 'payments', to: 'OPEN' },
  })
})

/** All that was played above, held against the policies of the template. */
describe('of the permissions', () => {
  const findings = (resources = demo.stack.resources) => checkPermissions(resources, calls.all())
  const policyOf = (resources: typeof demo.stack.resources, role: string) => {
    const policy = resources.find(({ type, id }) => type === 'AWS::IAM::Policy' && id.startsWith(role))!
    return policy.properties.PolicyDocument as { Statement: Record<string, unknown>[] }
  }

  test('none is missing, and each that no call needs has a reason', async () => {
    const { refused, unused, unknownKeys } = await findings()
    expect([refused, unknownKeys]).toEqual([[], []])
    expect(unexplained(unused)).toEqual({ grants: [], reasons: [] })
  })

  test('one that is taken out is missed, by role, action and resource', async () => {
    const resources = structuredClone(demo.stack.resources)
    const policy = policyOf(resources, 'RecyclerExecutorRole')
    policy.Statement = policy.Statement.filter(
      ({ Effect, Action }) => Effect !== 'Allow' || Action !== 'ecs:UpdateService',
    )
    const { refused } = await findings(resources)
    expect(refused).toHaveLength(2)
    for (const line of refused)
      expect(line).toMatch(
        /^RecyclerExecutorRole\w+: ecs:UpdateService on arn:aws:ecs:.*:service\/shop\/\w+ with .*: ImplicitlyDenied$/,
      )
  })

  test.each([
    ['that nothing needs', 'dynamodb:DeleteItem', 'dynamodb:DeleteItem on *'],
    ['that is wider than what is there', 'dynamodb:*', 'dynamodb:* on *'],
  ])('one %s is found when it is added', async (_, Action, found) => {
    const resources = structuredClone(demo.stack.resources)
    policyOf(resources, 'GateFunctionRole').Statement.push({ Effect: 'Allow', Action, Resource: '*' })
    const { grants } = unexplained((await findings(resources)).unused)
    expect(grants).toContainEqual(expect.stringMatching(/^breakwater-dev-workflows\.GateFunctionRole/))
    expect(grants.filter(name => name.endsWith(found))).toHaveLength(1)
  })

  test.each([
    [
      'runs another task definition',
      { 'ecs:task-definition': 'arn:aws:ecs:us-east-1:000000000000:task-definition/other:1' },
    ],
    ['switches on exec', { 'ecs:enable-execute-command': 'true' }],
  ])('none lets the executor make an UpdateService that %s', async (_, conditions) => {
    const update = calls.all().find(({ action }) => action === 'ecs:UpdateService')!
    const { identity } = policiesFor(demo.stack.resources, update)
    const changed = { ...update, conditions: { ...update.conditions, ...conditions } }
    const decisions = [await decide(update, identity, []), await decide(changed, identity, [])]
    expect(decisions.map(({ decision }) => decision)).toEqual(['Allowed', 'ExplicitlyDenied'])
  })
})

test('no value of a secret was ever read or logged', () => {
  expect(demo.stack.secrets.counts().GetSecretValue).toBeUndefined()
  expect(logs.join('')).not.toMatch(/not-to-be-logged/)
})
