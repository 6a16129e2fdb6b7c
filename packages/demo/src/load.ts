import { Agent, request } from 'node:http'

/** What counts the calls of a load. */
export interface Counter {
  send(): void
  answer(status: number, body: string): void
  /** A call that got no answer. */
  lose(why: string): void
}

/** A running load. */
export interface Load {
  /** Sends nothing more, and waits until every call was answered or given up. */
  stop(): Promise<void>
  /** Stops at once; calls still open count as lost. */
  abandon(): void
}

/** Options of {@link startLoad}. */
export interface LoadOptions {
  readonly url: string
  /** Calls a second, whether earlier ones are answered or not. */
  readonly rate: number
  /** Makes the body of each call. */
  readonly body: () => unknown
  readonly tally: Counter
  /** More headers of each call. @default none */
  readonly headers?: Readonly<Record<string, string>>
  /** Told of every call sent, with the epoch ms of it. */
  readonly onSend?: (at: number) => void
}

/** Longer than API Gateway's own limit, so that whoever is late is heard of from the gateway. */
const patienceMs = 30_000
/** Calls leave in small crowds, as in life; that is also what keeps several environments awake. */
const crowd = 12
const shortestBeatMs = 50

/** Posts at a constant rate over real HTTP. Open loop: a slow system does not get to slow its callers down. */
export function startLoad({ url, rate, body, tally, headers = {}, onSend }: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true })
  const begin = performance.now()
  const open = new Set<Promise<void>>()
  const beatMs = Math.max(shortestBeatMs, (crowd / rate) * 1_000)
  let sent = 0

  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begin) / 1000) * rate)
    for (; sent < due; sent += 1) {
      onSend?.(Date.now())
      const call = post(agent, url, JSON.stringify(body()), headers, tally).finally(() => open.delete(call))
      open.add(call)
    }
  }, beatMs)

  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      agent.destroy()
    },
    abandon() {
      clearInterval(timer)
      agent.destroy()
    },
  }
}

/** Sends one call and counts how it ended; never rejects. */
function post(
  agent: Agent,
  url: string,
  body: string,
  more: Readonly<Record<string, string>>,
  tally: Counter,
): Promise<void> {
  tally.send()
  return new Promise(resolve => {
    const lose = (error: Error) => {
      tally.lose(error.message)
      resolve()
    }
    const headers = {
      ...more,
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    }
    const call = request(url, { method: 'POST', agent, headers }, response => {
      const chunks: string[] = []
      response.setEncoding('utf8')
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', lose)
      response.on('end', () => {
        tally.answer(response.statusCode ?? 0, chunks.join(''))
        resolve()
      })
    })
    call.setTimeout(patienceMs, () => call.destroy(new Error(`no answer within ${patienceMs} ms`)))
    call.on('error', lose)
    call.end(body)
  })
}
