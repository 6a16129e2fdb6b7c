import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { PassThrough, pipeline } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { Circuits, isCallTimeoutError } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import { describe, expect, it } from 'vitest'
import { guardFetch } from './fetch.ts'
import type { FetchLimits } from './fetch-options.ts'
import { type Answer, endless, startServer, status } from './loopback.fixture.ts'

/** A fetch whose responses have one of Node's streams, made as node-fetch makes it, and read as it does it. */
async function nodeFetch(url: string, { signal }: { signal?: AbortSignal } = {}) {
  const request = get(url, { signal })
  const [message] = (await once(request, 'response')) as [IncomingMessage]
  const body = pipeline(message, new PassThrough(), error => error && body.destroy(error))
  signal?.addEventListener('abort', () => body.destroy(signal.reason))
  return { status: message.statusCode, headers: new Map(), body, text: () => text(body) }
}

const bytes = Buffer.alloc(4_000_000)
const large: Answer = (_, response) => void response.writeHead(200).end(bytes)

describe("limit: 'body' of a response with one of Node's streams", () => {
  const setUp = (limits: FetchLimits = {}) => {
    const clock = new VirtualClock()
    const outcomes: string[] = []
    const circuits = new Circuits({
      clock,
      timeoutMs: 2_000,
      listener: event => event.type === 'call' && outcomes.push(event.outcome),
    })
    return {
      clock,
      outcomes,
      fetch: guardFetch(circuits, { fetch: nodeFetch, clock, limit: 'body', ...limits }),
    }
  }
  /** Lets the events of a stream that has ended come. */
  const closed = ({ body }: { body: PassThrough }) => (body.closed ? undefined : once(body, 'close'))

  it('counts the end', async () => {
    await using server = await startServer(status(200))
    const { clock, outcomes, fetch } = setUp()
    const response = await fetch(server.url)
    expect(outcomes).toEqual([])
    expect(await response.text()).toBe('status 200')
    await closed(response)
    await clock.advance(0)
    expect([outcomes, clock.pending]).toEqual([['success'], 0])
  })

  it('counts a break', async () => {
    await using server = await startServer((_, response) => {
      response.writeHead(200).write('beginning', () => response.socket?.resetAndDestroy())
    })
    const { clock, outcomes, fetch } = setUp()
    const response = await fetch(server.url)
    await expect(response.text()).rejects.toThrow('aborted')
    await closed(response)
    await clock.advance(0)
    expect([outcomes, clock.pending]).toEqual([['failure'], 0])
  })

  it('ends a body by the time limit', async () => {
    await using server = await startServer(endless(200))
    const { clock, outcomes, fetch } = setUp()
    const reading = (await fetch(server.url)).text().catch(error => error)
    await clock.advance(2_000)
    expect(await reading).toSatisfy(isCallTimeoutError)
    expect(outcomes).toEqual(['failure'])
    await server.finished(1)
    expect(clock.pending).toBe(0)
  })

  it('ends a body by a silence, but not while the reader takes its time', async () => {
    await using server = await startServer((...given) =>
      (server.requests.length === 1 ? large : endless(200))(...given),
    )
    const { clock, outcomes, fetch } = setUp({ stallMs: 300 })
    const slow = await fetch(server.url, { breakwater: { timeoutMs: 100_000 } })
    let length = 0
    for await (const piece of slow.body) {
      if (length === 0) await clock.advance(30_000)
      length += piece.length
    }
    await clock.advance(0)
    expect([length, outcomes.splice(0)]).toEqual([bytes.length, ['success']])
    const reading = (await fetch(server.url)).text().catch(error => error)
    await clock.advance(299)
    expect(outcomes).toEqual([])
    await clock.advance(1)
    expect(await reading).toMatchObject({ name: 'CallTimeoutError', timeoutMs: 300 })
    await clock.advance(0)
    expect([outcomes, clock.pending]).toEqual([['failure'], 0])
  })

  it('does not blame the dependency for a body that is left unread, or destroyed', async () => {
    await using server = await startServer(large)
    const { clock, outcomes, fetch } = setUp()
    const unread = await fetch(server.url)
    // Until the buffers are full, the dependency is waited for.
    while (unread.body.readableLength < unread.body.readableHighWaterMark) await turn()
    await clock.advance(2_000)
    await closed(unread)
    expect(outcomes.splice(0)).toEqual(['ignored'])
    const destroyed = await fetch(server.url)
    destroyed.body.destroy()
    await closed(destroyed)
    await clock.advance(0)
    expect([outcomes, clock.pending]).toEqual([['success'], 0])
    await server.finished(2)
  })
})
