import { Agent, request } from 'node:http'
import type { SignRequest } from '@breakwater/emulator'

/** Counts the calls of a load. */
export interface LoadCounter {
  send(): void
  answer(status: number, body: string): void
  /** A call that got no answer. */
  lose(why: string): void
}

/** A running load. */
export interface Load {
  /** Sends nothing more, and waits until every call has an answer or has timed out. */
  stop(): Promise<void>
  /** Stops at once; pending calls count as lost. */
  abandon(): void
}

/** Options of {@link startLoad}. */
export interface LoadOptions {
  readonly url: string
  /** Calls a second, whether earlier ones are answered or not. */
  readonly rate: number
  /** Makes the body of each call. */
  readonly body: () => unknown
  readonly counter: LoadCounter
  /** Signs each call: answers its headers. @default no call is signed */
  readonly sign?: SignRequest
  /** Called for every call that is sent, with its time in epoch ms. */
  readonly onSend?: (at: number) => void
}

/** Longer than API Gateway's own limit, so that a slow call gets the gateway's answer. */
const timeoutMs = 30_000
/** Calls are sent in small batches: real traffic is uneven too, and several environments stay busy. */
const batchSize = 12
const minIntervalMs = 50

/** Posts at a constant rate over real HTTP. Open loop: a slow system does not slow its callers down. */
export function startLoad({ url, rate, body, counter, sign, onSend }: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true })
  const begin = performance.now()
  const pending = new Set<Promise<void>>()
  const intervalMs = Math.max(minIntervalMs, (batchSize / rate) * 1_000)
  let sent = 0

  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begin) / 1000) * rate)
    for (; sent < due; sent += 1) {
      onSend?.(Date.now())
      const call = post(agent, url, JSON.stringify(body()), sign, counter).finally(() => pending.delete(call))
      pending.add(call)
    }
  }, intervalMs)

  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(pending)
      agent.destroy()
    },
    abandon() {
      clearInterval(timer)
      agent.destroy()
    },
  }
}

/** Sends one call and counts its outcome; never rejects. */
async function post(
  agent: Agent,
  url: string,
  body: string,
  sign: SignRequest = async (_, { headers = {} } = {}) => headers,
  counter: LoadCounter,
): Promise<void> {
  counter.send()
  const method = 'POST'
  const headers = await sign(url, { method, body, headers: { 'content-type': 'application/json' } })
  return new Promise(resolve => {
    const lose = (error: Error) => {
      counter.lose(error.message)
      resolve()
    }
    const call = request(url, { method, agent, headers }, response => {
      const chunks: string[] = []
      response.setEncoding('utf8')
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', lose)
      response.on('end', () => {
        counter.answer(response.statusCode ?? 0, chunks.join(''))
        resolve()
      })
    })
    call.setTimeout(timeoutMs, () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    call.on('error', lose)
    call.end(body)
  })
}
