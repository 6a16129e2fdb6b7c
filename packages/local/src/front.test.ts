import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { type Front, startFront } from './front.ts'
import type { InvocationOutcome } from './scheduler.ts'

let front: Front
afterEach(() => front.close())

async function serve(invoke: (event: string) => unknown, resources?: string[]): Promise<void> {
  const scheduler = {
    invoke: async (event: string): Promise<InvocationOutcome> => ({
      kind: 'answered',
      value: JSON.stringify(invoke(event)),
    }),
  }
  front = await startFront({ scheduler, ...(resources && { resources }) })
}

test('turns a request into an event, and the answer into a response', async () => {
  await serve(event => ({ statusCode: 201, headers: { 'X-Mine': 'yes' }, body: event }))
  const response = await fetch(`${front.url}/orders?x=1`, { method: 'POST', body: 'hello' })
  expect([response.status, response.headers.get('x-mine')]).toEqual([201, 'yes'])
  expect(await response.json()).toMatchObject({
    httpMethod: 'POST',
    path: '/orders',
    resource: '/{proxy+}',
    queryStringParameters: { x: '1' },
    body: 'hello',
    headers: { 'X-Amzn-Trace-Id': expect.stringMatching(/^Root=1-/) },
  })
})

test('a body beyond 10 MB is a 413, and the function never sees it', async () => {
  let invoked = 0
  await serve(() => {
    invoked += 1
    return { statusCode: 200 }
  })
  const post = (length: number) => fetch(front.url, { method: 'POST', body: Buffer.alloc(length, 'x') })
  expect((await post(10 * 1024 * 1024)).status).toBe(200)
  const refused = await post(10 * 1024 * 1024 + 1)
  expect([refused.status, await refused.json()]).toEqual([413, { message: 'Request Too Long' }])
  expect(invoked).toBe(1)
})

test('a path that is no resource is a 403, as API Gateway has it', async () => {
  await serve(() => ({ statusCode: 200 }), ['/orders'])
  const response = await fetch(`${front.url}/other`)
  expect([response.status, await response.json()]).toEqual([403, { message: 'Missing Authentication Token' }])
})

test.each([{ 'bad name': 'x' }, { 'X-Split': 'a\r\nSet-Cookie: b' }])(
  'headers that HTTP does not allow are a malformed answer: %j',
  async headers => {
    await serve(() => ({ statusCode: 200, headers }))
    const response = await fetch(front.url)
    expect([response.status, await response.json()]).toEqual([502, { message: 'Internal server error' }])
    expect(response.headers.get('set-cookie')).toBe(null)
  },
)

test('a client that goes away in mid-request harms nobody', async () => {
  await serve(() => ({ statusCode: 200 }))
  const socket = connect(front.port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf')
  socket.end()
  await text(socket)
  expect((await fetch(front.url)).status).toBe(200)
})
