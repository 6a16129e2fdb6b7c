import { Circuit, type Clock } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import { expect, it, vi } from 'vitest'
import { Connection } from './connection.ts'
import { DynamoDbStore } from './dynamodb-store.ts'
import { recorder } from './recorder.fixture.ts'

const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })

it('a request that its bound had ended was sent once more, as its connection broke by that', async () => {
  const clock = new VirtualClock()
  const send = vi.fn(
    (_: unknown, { abortSignal }: { abortSignal: AbortSignal }) =>
      new Promise((_, reject) => abortSignal.addEventListener('abort', () => reject(reset))),
  )
  const store = new DynamoDbStore({ tableName: 'circuits', client: { send } as never, clock })
  await store.warm()
  const listed = expect(store.audits('a')).rejects.toMatchObject({
    kind: 'timeout',
    message: 'Query on table "circuits" timed out: no answer within 1000 ms',
  })
  await clock.advance(999)
  expect(send.mock.calls[0]![1].abortSignal.aborted).toBe(false)
  await clock.advance(1)
  await listed
  await clock.advance(0)
  expect(send).toHaveBeenCalledOnce()
})

it.each([
  ['ECONNRESET', 2],
  ['ENOTFOUND', 1],
])('a request that fails with %s is sent so many times: %i', async (code, times) => {
  const { client, sent } = recorder(undefined, () => {
    throw Object.assign(new Error(), { code })
  })
  await expect(new DynamoDbStore({ tableName: 'circuits', client }).audits('a')).rejects.toThrow(code)
  expect(sent).toHaveLength(times)
})

/** Says at what times, in ms, requests to a host that is not found are a mistake in the settings. */
function kindsAt(clock: VirtualClock, answers: (at: number) => boolean) {
  const { client } = recorder(undefined, () => {
    if (answers(clock.now())) return { Items: [] }
    throw Object.assign(new Error(), { code: 'ENOTFOUND' })
  })
  const store = new DynamoDbStore({ tableName: 'circuits', client, clock: clock as Clock })
  return async () => {
    const answer = await store.audits('a').catch(error => error)
    return Array.isArray(answer) ? 'answered' : answer.kind
  }
}

it('a host is taken for misspelt ten seconds after the first request failed, not after the last', async () => {
  const clock = new VirtualClock()
  const kind = kindsAt(clock, () => false)
  const kinds: string[] = []
  for (const ms of [0, 5_000, 4_999, 1]) {
    await clock.advance(ms)
    kinds.push(await kind())
  }
  expect(kinds).toEqual(['unavailable', 'unavailable', 'unavailable', 'misconfigured'])
})

it('a host that has answered is not taken for misspelt', async () => {
  const clock = new VirtualClock()
  const start = clock.now()
  const kind = kindsAt(clock, at => at === start)
  const kinds: string[] = []
  for (const ms of [0, 1_000, 60_000]) {
    await clock.advance(ms)
    kinds.push(await kind())
  }
  expect(kinds).toEqual(['answered', 'unavailable', 'unavailable'])
})

it('with an injected client nothing is loaded before the first request', async () => {
  const open = vi.spyOn(Connection.prototype, 'open')
  const store = new DynamoDbStore({ tableName: 'circuits', client: recorder().client })
  new Circuit('payments', { store })
  await new Promise(setImmediate)
  expect(open).not.toHaveBeenCalled()
  open.mockRestore()
})
