import { getEventListeners } from 'node:events'
import { Circuits, isCallTimeoutError } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import * as undici from 'undici'
import { describe, expect, it, vi } from 'vitest'
import { guardFetch } from './fetch.ts'
import { classifyFetch } from './fetch-classify.ts'
import { endless, startServer, status } from './loopback.fixture.ts'

const fetches: [string, typeof fetch][] = [
  ['the global fetch', fetch],
  ['fetch of undici', undici.fetch as never],
]

describe.each(fetches)('the end of a guarded call of %s', (_, real) => {
  const setUp = (fetch = real) => {
    const clock = new VirtualClock()
    const outcomes: string[] = []
    const circuits = new Circuits({ clock, classify: classifyFetch, timeoutMs: 2_000 })
    circuits.on(event => event.type === 'call' && outcomes.push(event.outcome))
    return { clock, circuits, outcomes, fetch: guardFetch(circuits, { fetch }) }
  }

  it('comes with the time limit when no headers do', async () => {
    await using server = await startServer(() => {})
    const { clock, outcomes, fetch } = setUp()
    for (const [ms, breakwater] of [
      [2_000, {}],
      [500, { timeoutMs: 500 }],
      [300, { deadline: clock.now() + 2_800 }],
    ] as const) {
      const arrival = server.arrival()
      const call = fetch(server.url, { breakwater }).catch(error => error)
      const [, response] = await arrival
      const closed = new Promise(resolve => response.once('close', resolve))
      await clock.advance(ms - 1)
      expect(outcomes).toEqual([])
      await clock.advance(1)
      expect(await call).toSatisfy(isCallTimeoutError)
      await closed
      expect(outcomes.splice(0)).toEqual(['failure'])
    }
    expect(clock.pending).toBe(0)
  })

  it('does not come with the time limit once the headers are there', async () => {
    await using server = await startServer(endless(200))
    const { clock, outcomes, fetch } = setUp()
    const arrival = server.arrival()
    const response = await fetch(server.url)
    await clock.advance(60_000)
    const [, answer] = await arrival
    answer.end(' and end')
    expect(await response.text()).toBe('beginning and end')
    expect(outcomes).toEqual(['success'])
  })

  it('comes late where the fetch ignores its signal: the late response is discarded', async () => {
    await using server = await startServer(() => {})
    const { clock, fetch } = setUp((input, { signal: _, ...init } = {}) => real(input, init))
    const arrival = server.arrival()
    const call = fetch(server.url).catch(error => error)
    const [, response] = await arrival
    await clock.advance(2_000)
    expect(await call).toSatisfy(isCallTimeoutError)
    const closed = new Promise(resolve => response.once('close', resolve))
    response.writeHead(200).write('beginning')
    await closed
  })

  describe.each([
    ["init's signal", (url: string, signal: AbortSignal): Parameters<typeof fetch> => [url, { signal }]],
    [
      "the request's signal",
      (url: string, signal: AbortSignal): Parameters<typeof fetch> => {
        const { Request } = real === globalThis.fetch ? globalThis : (undici as never as typeof globalThis)
        return [new Request(url, { signal })]
      },
    ],
  ])('by %s', (_, args) => {
    it('comes before the headers, with its reason, and counts neither way', async () => {
      await using server = await startServer(() => {})
      const { clock, outcomes, fetch } = setUp()
      const caller = new AbortController()
      const arrival = server.arrival()
      const call = fetch(...args(server.url, caller.signal))
      const settled = call.catch(error => error)
      const [, response] = await arrival
      const closed = new Promise(resolve => response.once('close', resolve))
      const reason = new Error('enough')
      caller.abort(reason)
      expect(await settled).toBe(reason)
      await closed
      expect(outcomes).toEqual(['ignored'])
      expect(clock.pending).toBe(0)
    })

    it('comes after the headers, too', async () => {
      await using server = await startServer(endless(200))
      const { outcomes, fetch } = setUp()
      const caller = new AbortController()
      const arrival = server.arrival()
      const response = await fetch(...args(server.url, caller.signal))
      const [, answer] = await arrival
      const closed = new Promise(resolve => answer.once('close', resolve))
      const read = response.text().catch(error => error)
      const reason = new Error('enough')
      caller.abort(reason)
      expect(await read).toBe(reason)
      await closed
      expect(outcomes).toEqual(['success'])
    })

    it('comes before the call where it was aborted already', async () => {
      await using server = await startServer(status(200))
      const { outcomes, fetch } = setUp()
      const reason = new Error('enough')
      await expect(fetch(...args(server.url, AbortSignal.abort(reason)))).rejects.toBe(reason)
      expect([server.requests.length, outcomes.length]).toEqual([0, 0])
    })
  })

  it('is not up to the request where init has a signal, or none by intent', async () => {
    await using server = await startServer(status(200))
    const { fetch } = setUp()
    const { Request } = real === globalThis.fetch ? globalThis : (undici as never as typeof globalThis)
    for (const signal of [null, new AbortController().signal]) {
      const request = new Request(server.url, { signal: AbortSignal.abort() })
      expect(await (await fetch(request, { signal })).text()).toBe('status 200')
    }
  })

  it("leaves no listener on the caller's signal, nor a timer, however many calls there were", async () => {
    await using server = await startServer((request, response) => {
      response.writeHead(request.url === '/bad' ? 503 : 200).end('body')
    })
    const { circuits, clock, fetch } = setUp()
    const { signal } = new AbortController()
    const fallback = () => Response.json('cached')
    for (let call = 0; call < 100; call++) {
      if (call === 60) await circuits.for(server.url).forceOpen({ by: 'test', reason: 'test' })
      const url = `${server.url}/${call % 3 ? 'good' : 'bad'}`
      await (await fetch(url, { signal, breakwater: { fallback } })).text()
      await fetch('http://127.0.0.1:1', { signal }).catch(() => {})
    }
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(clock.pending).toBe(0)
    expect(server.requests.length).toBe(60)
  })
})

it('guardFetch leaves a signal that cannot be combined to the fetch that understands it', async () => {
  const seen = vi.fn(async (_: string, __?: { signal?: object }) => ({}))
  const fetch = guardFetch(new Circuits(), { fetch: seen })
  const signal = { aborted: false, addEventListener() {} }
  await fetch('http://a.invalid', { signal })
  expect(seen.mock.lastCall?.[1]?.signal).toBe(signal)
})
