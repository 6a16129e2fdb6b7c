import { createServer } from 'node:http'
import { InitError, PortError } from '@breakwater/emulator'
import { close, listen } from '@breakwater/emulator/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type DemoStackOptions, startDemoStack } from './demo-stack.ts'
import { exampleOrder, fulfilOrder, guardedCharge } from './orders.ts'
import { type Synthesis, synthesise } from './synthesis.ts'

/** Synthesised once; the provider's address is set afterwards by an environment variable. */
let synthesis: Synthesis
beforeAll(async () => {
  synthesis = await synthesise({ paymentUrl: 'http://127.0.0.1:1/charges' })
})
afterAll(() => synthesis.discard())

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function start(options: DemoStackOptions = {}) {
  let paymentUrl = ''
  const demo = await startDemoStack({
    synthesise: async context => {
      paymentUrl = context.paymentUrl!
      return { stacks: synthesis.stacks, discard: async () => {} }
    },
    env: () => ({ PAYMENT_URL: paymentUrl }),
    warmEnvironments: 2,
    ...options,
  })
  stops.push(demo.close)
  return demo
}

test('the demo stack runs from its template, by both APIs, and close ends everything', async () => {
  const demo = await start()
  expect(demo.scheduler.environments.size).toBe(2)
  const order = await fetch(`${demo.orders}/orders`, { method: 'POST', body: JSON.stringify(exampleOrder()) })
  expect([order.status, await order.json()]).toMatchObject([201, { receipt: { status: 'charged' } }])

  const workflow = await demo.workflows.shop.fetch(`${demo.workflows.url}/workflows/guarded-call`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(guardedCharge()),
  })
  expect([workflow.status, await workflow.json()]).toMatchObject([200, { via: 'call' }])
  expect(demo.provider.received()).toBe(2)

  const { signal } = new AbortController()
  expect(await fulfilOrder(demo, 'PT', signal)).toMatchObject({ status: 200 })
  expect(await fulfilOrder(demo, 'AQ', signal)).toMatchObject({ status: 500, outcome: 'Undeliverable' })

  await demo.close()
  await demo.close()
  for (const url of [demo.orders, demo.workflows.url, demo.provider.url, demo.stack.endpoints.dynamodb]) {
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  }
})

test('one key let everybody recycle, order, and read the orders of others', async () => {
  const { workflows } = await start()
  const { shop, recycleOperator } = workflows
  const orders = `${workflows.url}/workflows/orders`
  const recycle = `${workflows.url}/workflows/recycle-services`
  const post = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"secretId":"shop/database"}',
  }
  const statuses = async (answers: readonly Promise<Response>[]) =>
    (await Promise.all(answers)).map(({ status }) => status)
  expect(
    await statuses([shop.fetch(recycle, post), shop.fetch(`${recycle}/any`), fetch(recycle, post)]),
  ).toEqual([403, 403, 403])
  expect(
    await statuses([recycleOperator.fetch(orders, post), recycleOperator.fetch(`${orders}/any`)]),
  ).toEqual([403, 403])
  expect(await statuses([shop.fetch(`${orders}/any`), recycleOperator.fetch(`${recycle}/any`)])).toEqual([
    404, 404,
  ])
})

test('what was started is ended when the rest cannot be started', async () => {
  const taken = createServer()
  stops.push(() => close(taken))
  const orders = await listen(taken, 0, '--port')
  const spare = createServer()
  const provider = await listen(spare, 0, '--provider-port')
  await close(spare)
  await expect(start({ ports: { orders, provider } })).rejects.toThrow(PortError)
  stops.push(() => close(spare))
  expect(await listen(spare, provider, '--provider-port')).toBe(provider)
})

test('a function that cannot start is an error at once', async () => {
  await expect(start({ env: () => ({ PAYMENT_URL: 'nowhere' }) })).rejects.toThrow(InitError)
})

test('an app that cannot be synthesised says why', async () => {
  await expect(synthesise({ stage: 'NOT A STAGE' })).rejects.toThrow(
    /the stacks could not be synthesised: .*stage/s,
  )
})
