import { Circuit, Circuits, type RetryPolicy } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import * as undici from 'undici'
import { describe, expect, it } from 'vitest'
import { guardFetch } from './fetch.ts'
import { classifyFetch } from './fetch-classify.ts'
import { type Answer, endless, startServer } from './loopback.fixture.ts'

const calls = 4
const thrice: RetryPolicy = () => ({ idempotent: true, again: async ({ attempt }) => attempt < 3 })
const neverOpens = { minimumCalls: 1_000_000 }
/** Headers, the beginning of a body larger than all buffers on the way, and its end once it is read. */
const large: Answer = (_, response) => void response.writeHead(503).end(bytes)
const bytes = Buffer.alloc(4_000_000)

type Call = (url: string, init?: object) => Promise<unknown>
type Guard = (real: typeof fetch, options: ConstructorParameters<typeof Circuits>[0]) => Call

const guards: [string, Guard][] = [
  [
    'guardFetch',
    (real, options) => {
      const guarded = guardFetch(new Circuits({ classify: classifyFetch, ...options }), { fetch: real })
      return (url, init) => guarded(url, { breakwater: init ?? {} })
    },
  ],
  [
    'fetch in Circuit.run',
    (real, options) => {
      const circuit = new Circuit('api', options)
      return (url, init) => circuit.run(signal => real(url, { signal }), init)
    },
  ],
]
const kinds: [string, typeof fetch, string, Answer][] = [
  ['the global fetch', fetch, 'endless', endless(503)],
  ['the global fetch', fetch, 'large', large],
  ['fetch of undici', undici.fetch as never, 'endless', endless(503)],
]
const cases = guards.flatMap(([guard, make]) =>
  kinds.map(([name, real, size, answer]) => [guard, name, size, make, real, answer] as const),
)

const times = (call: () => Promise<unknown>) => Promise.all(Array.from({ length: calls }, call))

describe.each(cases)('%s, %s, with an %s body', (_, __, ___, make, real, answer) => {
  it('keeps no socket of an attempt that another one followed', async () => {
    await using server = await startServer(answer)
    const call = make(real, { ...neverOpens, retry: thrice })
    const answers = (await times(() => call(server.url))) as Response[]
    await Promise.all(answers.map(({ body }) => body!.cancel()))
    expect(server.requests).toHaveLength(3 * calls)
    await server.finished(3 * calls)
  })

  it('keeps no socket of a response that a fallback replaced', async () => {
    await using server = await startServer(answer)
    const call = make(real, { ...neverOpens, retry: thrice })
    expect(new Set(await times(() => call(server.url, { fallback: () => 'cached' })))).toEqual(
      new Set(['cached']),
    )
    await server.finished(3 * calls)
  })

  it('keeps no socket of a response that a fallback has cloned, and looked into', async () => {
    await using server = await startServer(answer)
    const call = make(real, neverOpens)
    const fallback = async (failed: unknown) => {
      const reader = (failed as Response).clone().body!.getReader()
      const { value } = await reader.read()
      void reader.cancel()
      return value!.length
    }
    for (const length of await times(() => call(server.url, { fallback }))) expect(length).toBeGreaterThan(0)
    await server.finished(calls)
  })

  it('keeps no socket once a clone that the fallback returned is cancelled', async () => {
    await using server = await startServer(answer)
    const call = make(real, neverOpens)
    const fallback = (failed: unknown) => (failed as Response).clone()
    const clones = (await times(() => call(server.url, { fallback }))) as Response[]
    await Promise.all(clones.map(({ body }) => body!.cancel()))
    await server.finished(calls)
  })

  it('keeps no socket of calls that the circuit rejects once it is open', async () => {
    await using server = await startServer(answer)
    const call = make(real, { consecutiveFailures: 3, openMs: 60_000 })
    const ends: unknown[] = []
    for (let index = 0; index < calls; index++)
      ends.push(await call(server.url, { fallback: () => 'cached' }))
    expect(ends).toEqual(Array(calls).fill('cached'))
    expect(server.requests).toHaveLength(3)
    await server.finished(3)
  })

  it('keeps no socket of a response that comes after the time limit, to a fetch that ignores its signal', async () => {
    const arrived: (() => void)[] = []
    await using server = await startServer((request, response) => {
      arrived.push(() => answer(request, response))
      if (arrived.length === calls) void clock.advance(100)
    })
    const clock = new VirtualClock()
    const deaf: typeof fetch = (input, { signal: _, ...init } = {}) => real(input, init)
    const call = make(deaf, { ...neverOpens, clock, timeoutMs: 100 })
    await times(() => call(server.url).catch(() => {}))
    for (const respond of arrived) respond()
    await server.finished(calls)
  })
})
