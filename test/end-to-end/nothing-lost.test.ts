import { CallCounter, type DemoStack, startDemoStack } from '@breakwater/demo'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runs } from '../tier.ts'

const requests = runs(2_000, 10_000)
const atATime = 100

let demo: DemoStack
beforeAll(async () => {
  demo = await startDemoStack({
    env: () => ({
      CIRCUIT_OPTIONS: '{"circuits":{"payments":{"timeoutMs":200,"openMs":250,"maxOpenMs":500}}}',
    }),
  })
})
afterAll(() => demo.close())

/** Every way in which the provider can be down, one after the other. */
const faults = [
  { mode: 'errors' },
  { mode: 'hang' },
  { mode: 'reset' },
  { mode: 'throttle', retryAfterSeconds: 1 },
  { mode: 'latency', latencyMs: 5_000 },
]

test(`${requests.toLocaleString('en')} orders with the provider down lose nothing`, {
  timeout: 120_000,
}, async () => {
  const counter = new CallCounter()
  let next = 0
  const client = async () => {
    while (next < requests) {
      const n = next++
      const fault = n % (requests / faults.length) === 0 && faults[n / (requests / faults.length)]
      if (fault) await fetch(`${demo.provider.url}/faults`, { method: 'PUT', body: JSON.stringify(fault) })
      counter.send()
      const body = JSON.stringify({ orderId: `order-${n}`, amount: 4_200, currency: 'EUR' })
      let response: Response
      // The API lets 1,000 requests a second in; a client that is throttled sends its order again.
      do response = await fetch(`${demo.orders}/orders`, { method: 'POST', body })
      while (response.status === 429 && (await response.text()).includes('THROTTLED'))
      const answer = await response.text()
      counter.answer(response.status, answer)
      expect(JSON.parse(answer)).toMatchObject({ orderId: `order-${n}`, receipt: { status: 'pending' } })
    }
  }
  await Promise.all(Array.from({ length: atATime }, client))
  const { sent, succeeded, failed, rejected, fallbacks } = counter.counts
  expect([...counter.unexpected]).toEqual([])
  expect({ sent, succeeded, answered: failed + rejected, fallbacks }).toEqual({
    sent: requests,
    succeeded: 0,
    answered: requests,
    fallbacks: requests,
  })
  // The provider was spared: it saw next to nothing of all this.
  expect(demo.provider.received()).toBeLessThan(requests / 10)
})
