import { Circuit, isStoreError } from '@breakwater/circuit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Connection } from './connection.ts'
import { DynamoDbStore } from './dynamodb-store.ts'
import { accept, startEndpoint } from './endpoint.fixture.ts'
import { checkStoreOptions } from './options.ts'

const loaded = vi.hoisted(() => ({ times: 0 }))
vi.mock('@aws-sdk/client-dynamodb', importOriginal => {
  loaded.times++
  return importOriginal()
})

type Endpoint = Awaited<ReturnType<typeof startEndpoint>>
let endpoint: Endpoint | undefined
async function serve(...args: Parameters<typeof startEndpoint>): Promise<Endpoint> {
  endpoint = await startEndpoint(...args)
  return endpoint
}
afterEach(async () => {
  await endpoint?.stop()
  endpoint = undefined
})

/** Waits by turns of the event loop: a timer would be counted as a leak. */
async function settle(condition: () => boolean) {
  for (let turns = 0; turns < 10_000 && !condition(); turns++) await new Promise(setImmediate)
  return condition()
}
const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
const report = { calls: 1, failures: 1, slow: 0, environments: 1, failing: 1 }

// First: nothing in this file has loaded the SDK before it.
it('the store loads the SDK when it is first needed, or when asked to', async () => {
  const { clientConfig, operations } = await serve(accept({ Responses: { circuits: [] } }))
  const store = new DynamoDbStore({ tableName: 'circuits', clientConfig })
  expect(loaded.times).toBe(0)
  await store.warm()
  expect([loaded.times, operations]).toEqual([1, []])
  await store.read({ circuit: 'a' })
  expect([loaded.times, operations]).toEqual([1, ['BatchGetItem']])
  store.close()
})

it('a warm-up that fails does not reject, and the first request tries again and throws', async () => {
  const store = new DynamoDbStore({
    tableName: 'circuits',
    clientConfig: {
      get region(): string {
        throw new Error('no region today')
      },
    },
  })
  await store.warm()
  await expect(store.audits('a')).rejects.toSatisfy(isStoreError)
})

describe('a request ends within its bound', () => {
  const bound = { tableName: 'circuits', requestTimeoutMs: 60 }

  it('when the server never answers; no timer and no socket stays behind', async () => {
    const { clientConfig } = await serve(() => {})
    const store = new DynamoDbStore({ ...bound, clientConfig })
    await store.warm()
    const before = timers()
    const startedAt = performance.now()
    await expect(store.read({ circuit: 'a' })).rejects.toMatchObject({
      kind: 'timeout',
      message: 'BatchGetItem on table "circuits" timed out: no answer within 60 ms',
    })
    expect(performance.now() - startedAt).toBeLessThan(600)
    expect(timers()).toBeLessThanOrEqual(before)
    // The server sees the connection go: the request was aborted and not just abandoned.
    expect(await settle(() => !process.getActiveResourcesInfo().includes('TCPSocketWrap'))).toBe(true)
  })

  it('when the answer stops in the middle', async () => {
    const { clientConfig } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': '100' })
      response.write('{"Responses":')
    })
    const store = new DynamoDbStore({ ...bound, clientConfig })
    await expect(store.read({ circuit: 'a' })).rejects.toMatchObject({ kind: 'timeout' })
  })

  it('when an injected client ignores its signal', async () => {
    const store = new DynamoDbStore({ ...bound, client: { send: () => new Promise(() => {}) } as never })
    await expect(store.write('a', {} as never, 0, 1).catch(error => error)).resolves.toBeInstanceOf(Error)
    await expect(store.audits('a')).rejects.toMatchObject({ kind: 'timeout' })
  })

  it('when credentials never arrive', async () => {
    const credentials = () => new Promise<never>(() => {})
    const store = new DynamoDbStore({ ...bound, clientConfig: { region: 'eu-west-1', credentials } })
    await expect(store.audits('a')).rejects.toMatchObject({ kind: 'timeout' })
  })

  it('and leaves no timer behind when it succeeds, or is refused by a client that throws at once', async () => {
    const { clientConfig } = await serve(accept({ Items: [] }))
    const before = timers()
    const store = new DynamoDbStore({ tableName: 'circuits', clientConfig })
    await store.audits('a')
    const broken = {
      send() {
        throw new Error('broken')
      },
    }
    const other = new DynamoDbStore({ tableName: 'circuits', client: broken as never })
    await expect(other.audits('a')).rejects.toMatchObject({ kind: 'unavailable' })
    // The SDK's own handler clears its timers a moment later.
    expect(await settle(() => timers() <= before)).toBe(true)
    store.close()
  })
})

it('a request frozen in mid-flight gets its time again after the thaw', async () => {
  const { clientConfig } = await serve((_, response) => response.end('{"Items":[]}'))
  const store = new DynamoDbStore({ tableName: 'circuits', requestTimeoutMs: 1_000, clientConfig })
  await store.audits('a')
  const answer = store.audits('a')
  // After the request is sent the whole process stops for longer than the bound, like a frozen environment.
  await new Promise(setImmediate)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_300)
  await expect(answer).resolves.toEqual([])
  store.close()
})

describe('a connection that breaks', () => {
  const resetFirst: Parameters<typeof startEndpoint>[0] = (request, response, attempt) =>
    attempt === 1
      ? request.socket.destroy()
      : accept({ Items: [], Attributes: {} })(request, response, attempt)

  it('is replaced once, within the same bound: the thaw closes those that were kept alive', async () => {
    const { clientConfig, operations } = await serve(resetFirst)
    const store = new DynamoDbStore({ tableName: 'circuits', clientConfig })
    await expect(store.audits('a')).resolves.toEqual([])
    expect(operations).toEqual(['Query', 'Query'])
    store.close()
  })

  it('is not replaced twice', async () => {
    const { clientConfig, operations } = await serve(request => request.socket.destroy())
    const store = new DynamoDbStore({ tableName: 'circuits', clientConfig })
    await expect(store.audits('a')).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'Query on table "circuits" failed: ECONNRESET',
    })
    expect(operations).toHaveLength(2)
  })

  it('is not replaced for an addition, which may have been made', async () => {
    const { clientConfig, operations } = await serve(resetFirst)
    const store = new DynamoDbStore({ tableName: 'circuits', clientConfig })
    await expect(store.add('a', '1', report, 1, 1)).rejects.toMatchObject({ kind: 'unavailable' })
    expect(operations).toEqual(['UpdateItem'])
  })
})

it('the store keeps one connection for requests that follow each other, and connects anew after close', async () => {
  const sockets = new Set<unknown>()
  const { clientConfig } = await serve((request, response, attempt) => {
    sockets.add(request.socket)
    accept({ Items: [] })(request, response, attempt)
  })
  const store = new DynamoDbStore({ tableName: 'circuits', clientConfig })
  for (let n = 0; n < 5; n++) await store.audits('a')
  expect(sockets.size).toBe(1)
  store.close()
  await store.audits('a')
  expect(sockets.size).toBe(2)
  store.close()
})

it('the store leaves an injected client open', async () => {
  const destroy = vi.fn()
  const send = async () => ({ Items: [] })
  const store = new DynamoDbStore({ tableName: 'circuits', client: { send, destroy } as never })
  await store.audits('a')
  store.close()
  expect(destroy).not.toHaveBeenCalled()
  await expect(store.audits('a')).resolves.toEqual([])
})

it('the store makes its own client without retries, unless the options say so', async () => {
  for (const [config, attempts] of [
    [{}, 1],
    [{ maxAttempts: 3 }, 3],
  ] as const) {
    const clientConfig = { region: 'eu-west-1', ...config }
    const connection = new Connection(
      checkStoreOptions('DynamoDbStore', { tableName: 'circuits', clientConfig }),
    )
    const sdk = (await connection.open()) as { client: { config: { maxAttempts(): Promise<number> } } }
    const { maxAttempts } = sdk.client.config
    expect(await maxAttempts()).toBe(attempts)
    connection.close()
  }
})

it('a connection is opened in the background once a circuit shares its state, before any call', async () => {
  const store = new DynamoDbStore({ tableName: 'circuits', clientConfig: { region: 'eu-west-1' } })
  const open = vi.spyOn(Connection.prototype, 'open')
  new Circuit('payments', { store })
  // Not while the module that makes the circuit is still being loaded.
  expect(open).not.toHaveBeenCalled()
  await new Promise(resolve => setImmediate(resolve))
  expect(open).toHaveBeenCalledOnce()
  await open.mock.results[0]!.value
  open.mockRestore()
  store.close()
})
