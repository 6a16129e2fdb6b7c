/** What one caller writes must not reach what another one reads, whatever it calls its circuit. */
import { Circuit } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import { createCircuitTable, DynamoDbStore } from '@breakwater/dynamodb'
import { type DynaliteServer, fakeCredentials, startDynalite } from '@breakwater/emulator'
import { DynamoDbRecyclerStore } from '@breakwater/recycler/dynamodb'
import { Records } from '@breakwater/recycler/functions'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Gate } from '../../functions/circuit-gate/src/gate.ts'
import { type GateRequest, readRequest } from '../../functions/circuit-gate/src/request.ts'

const region = 'eu-west-1'
const tableName = 'circuits'
let server: DynaliteServer
let options: ConstructorParameters<typeof DynamoDbStore>[0]
beforeAll(async () => {
  server = await startDynalite(0, region, async client => void (await createCircuitTable(client, tableName)))
  const clientConfig = { endpoint: server.endpoint, region, credentials: fakeCredentials }
  options = { tableName, clientConfig, requestTimeoutMs: 30_000 }
})
afterAll(() => server.close())

const source = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf'
const labelChange = {
  source,
  kind: 'secret',
  name: 'db',
  label: 'AWSCURRENT',
  versionId: 'v2',
  movedAt: 1,
  bound: 'exact',
  sequence: 1,
  seenAt: 1,
} as const
/** Names that stood, or might stand, for something else in the table. */
const names = [
  'recycler:label-changes',
  'recycler:control',
  `recycler:audit:${source}`,
  'recycler#label-changes',
  'recycler#control',
  'control#payments',
  'circuit#payments',
]

it('a circuit named like the records of the recycler stopped every recycle', async () => {
  const clock = new VirtualClock()
  const store = new DynamoDbStore({ ...options, clock })
  const gate = new Gate({ store, clock, policies: new Map([['*', { minimumCalls: 1 }]]) })
  const said: unknown[] = []
  const records = new Records(new DynamoDbRecyclerStore(options), { unreadable: error => said.push(error) })
  await records.saveLabelChange(labelChange, 0)
  await records.audit(source, { at: 1, act: 'recorded' })
  const ask = (request: GateRequest) => gate.answer(readRequest(request))
  for (const circuit of names) {
    const answer = await ask({ action: 'acquire', circuit })
    if (!('token' in answer)) throw new Error('refused')
    await ask({ action: 'record', circuit, token: answer.token, outcome: { ok: false, error: 'Down' } })
    await new Circuit(circuit, { store, clock }).forceOpen({ by: 'mallory', reason: 'why not' })
  }
  expect(await records.labelChanges()).toEqual([labelChange])
  expect(await records.audits(source)).toEqual([{ at: 1, act: 'recorded' }])
  expect(await records.killSwitch.status()).toBeUndefined()
  expect(said).toEqual([])
  // Nor does one of them reach the circuit or the override of another one.
  expect(await store.read({ circuit: 'payments', consistent: true })).toMatchObject({
    revision: 0,
    control: undefined,
  })
  expect(await store.audits('payments')).toEqual([])
})
