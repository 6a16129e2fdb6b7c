import { createServer, type RequestListener } from 'node:http'
import { close, host, listen } from '@breakwater/emulator/testing'
import { afterEach, expect, test } from 'vitest'
import { CallCounter } from './call-counts.ts'
import { startLoad } from './load.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** Can be waited for, however long the calls take. */
class ObservedCounter extends CallCounter {
  readonly #checks = new Set<() => void>()

  override send(): void {
    super.send()
    this.#changed()
  }

  override answer(status: number, body: string): void {
    super.answer(status, body)
    this.#changed()
  }

  override lose(why: string): void {
    super.lose(why)
    this.#changed()
  }

  /** Resolves once the counts are so. */
  until(met: () => boolean): Promise<void> {
    return new Promise(resolve => {
      const check = () => {
        if (!met()) return
        this.#checks.delete(check)
        resolve()
      }
      this.#checks.add(check)
      check()
    })
  }

  #changed(): void {
    for (const check of this.#checks) check()
  }
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  stops.push(() => close(server))
  return `http://${host}:${await listen(server, 0, '--port')}`
}

test('the load sends real requests and counts every answer', async () => {
  const bodies: string[] = []
  let requests = 0
  const url = await serve(async (request, response) => {
    // By the request and not by the bodies so far: those of several requests may come before an answer.
    const status = ++requests % 2 === 0 ? 201 : 500
    for await (const chunk of request) bodies.push(String(chunk))
    response.writeHead(status).end('{}')
  })
  const counter = new ObservedCounter()
  const sentAt: number[] = []
  const load = startLoad({ url, rate: 200, body: () => ({ n: 1 }), counter, onSend: at => sentAt.push(at) })
  await counter.until(() => counter.counts.succeeded > 10)
  await load.stop()
  const { sent, succeeded, failed } = counter.counts
  expect(counter.pending).toBe(0)
  expect(succeeded + failed).toBe(sent)
  expect([bodies.length, sentAt.length]).toEqual([sent, sent])
  expect(new Set(bodies)).toEqual(new Set(['{"n":1}']))
})

test('a call without an answer is counted as lost', async () => {
  const url = await serve(request => request.socket.destroy())
  const counter = new ObservedCounter()
  const load = startLoad({ url, rate: 100, body: () => ({}), counter })
  await counter.until(() => counter.counts.failed > 0)
  await load.stop()
  expect(counter.counts.failed).toBe(counter.counts.sent)
  expect([...counter.unexpected.keys()]).toEqual([
    expect.stringMatching(/^not answered: (socket hang up|read ECONNRESET)$/),
  ])
})

test('the load can be abandoned with pending calls', async () => {
  const url = await serve(() => {})
  const counter = new ObservedCounter()
  const load = startLoad({ url, rate: 100, body: () => ({}), counter })
  await counter.until(() => counter.pending > 0)
  load.abandon()
  await counter.until(() => counter.pending === 0)
  expect(counter.counts.failed).toBe(counter.counts.sent)
})
