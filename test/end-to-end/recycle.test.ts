import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs'
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { type DemoStack, Narrator, playRotation, recyclerVariables, startDemoStack } from '@breakwater/demo'
import { KillSwitch } from '@breakwater/recycler'
import { DynamoDbRecyclerStore } from '@breakwater/recycler/dynamodb'
import type { RecycleReport } from '@breakwater/recycler/workflow'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** The reference stack as it is deployed, with its own functions, rules, queues and workflow. */
let demo: DemoStack
const lines: string[] = []
const logs: string[] = []
beforeAll(async () => {
  demo = await startDemoStack({
    env: role => (role === 'recycler' ? recyclerVariables : {}),
    onLog: (environment, text) => environment.startsWith('recycler') && logs.push(text),
  })
})
afterAll(() => demo?.close())

const signal = AbortSignal.timeout(120_000)

const clientOptions = () => ({
  region: demo.stack.variables.AWS_REGION!,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
})

async function startByHand(input: object): Promise<{ status: number; report: RecycleReport | undefined }> {
  const url = `${demo.workflows.url}/workflows/recycle-services`
  const headers = { 'x-api-key': demo.workflows.key, 'Content-Type': 'application/json' }
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
  const headers = { 'x-api-key': demo.workflows.key, 'Content-Type': 'application/json' }
  const started = await fetch(url, { method: 'POST', headers, body: '{"secretId":"nope"}' })
  const { execution } = (await started.json()) as { execution: string }
  const machine = [...demo.stack.machines].find(({ name }) => /recycle/i.test(name))!
  const refused = demo.stack.executions.of(machine).find(one => one.execution.name === execution)!
  expect(await refused.execution.result).toMatchObject({ status: 'FAILED', error: 'Breakwater.BadInput' })
  const answer = await fetch(`${url}/${execution}`, { headers })
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('secretId: got')])
})

test('while it is stopped by hand nothing is recycled, and what was missed is made up for by the reconcile', async () => {
  const store = new DynamoDbRecyclerStore({
    tableName: [...demo.stack.resources].find(({ type }) => type.startsWith('AWS::DynamoDB::'))!.name,
    clientConfig: { ...clientOptions(), endpoint: demo.stack.endpoints.dynamodb },
  })
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
    expect(await execution.result).toMatchObject({ status: 'SUCCEEDED', output: { ending: 'finished' } })
    expect(await primary()).not.toBe(before)
  } finally {
    secrets.destroy()
    ecs.destroy()
    store.close()
  }
})

test('no value of a secret was ever read or logged', () => {
  expect(demo.stack.secrets.counts().GetSecretValue).toBeUndefined()
  expect(logs.join('')).not.toMatch(/not-to-be-logged/)
})
