import { createServer, type RequestListener } from 'node:http'
import { close, host, listen } from '@breakwater/emulator/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { Tally } from './call-counts.ts'
import { startLoad } from './load.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  stops.push(() => close(server))
  return `http://${host}:${await listen(server, 0, '--port')}`
}

test('sends real requests and counts every answer', async () => {
  const bodies: string[] = []
  const url = await serve(async (request, response) => {
    for await (const chunk of request) bodies.push(String(chunk))
    response.writeHead(bodies.length % 2 === 0 ? 201 : 500).end('{}')
  })
  const tally = new Tally()
  const sentAt: number[] = []
  const load = startLoad({ url, rate: 200, body: () => ({ n: 1 }), tally, onSend: at => sentAt.push(at) })
  await vi.waitFor(() => expect(tally.calls.succeeded).toBeGreaterThan(10))
  await load.stop()
  const { sent, succeeded, failed } = tally.calls
  expect(tally.pending).toBe(0)
  expect(succeeded + failed).toBe(sent)
  expect([bodies.length, sentAt.length]).toEqual([sent, sent])
  expect(new Set(bodies)).toEqual(new Set(['{"n":1}']))
})

test('a call without an answer is counted as lost', async () => {
  const url = await serve(request => request.socket.destroy())
  const tally = new Tally()
  const load = startLoad({ url, rate: 100, body: () => ({}), tally })
  await vi.waitFor(() => expect(tally.calls.failed).toBeGreaterThan(0))
  await load.stop()
  expect(tally.calls.failed).toBe(tally.calls.sent)
  expect([...tally.surprises.keys()]).toEqual([
    expect.stringMatching(/^not answered: (socket hang up|read ECONNRESET)$/),
  ])
})

test('can be abandoned with calls still open', async () => {
  const url = await serve(() => {})
  const tally = new Tally()
  const load = startLoad({ url, rate: 100, body: () => ({}), tally })
  await vi.waitFor(() => expect(tally.pending).toBeGreaterThan(0))
  load.abandon()
  await vi.waitFor(() => expect(tally.pending).toBe(0))
})
