import { createServer } from 'node:http'
import { InitError, PortError } from '@breakwater/emulator'
import { close, listen } from '@breakwater/emulator/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type DemoStackOptions, startDemoStack } from './demo-stack.ts'
import { exampleOrder, fulfil, guardedCharge, headersOf } from './orders.ts'
import { type Synthesis, synthesise } from './synthesis.ts'

/** Made once: the provider's address is put in afterwards, as environment variables are. */
let made: Synthesis
beforeAll(async () => {
  made = await synthesise({ paymentUrl: 'http://127.0.0.1:1/charges' })
})
afterAll(() => made.discard())

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function start(options: DemoStackOptions = {}) {
  let paymentUrl = ''
  const rig = await startDemoStack({
    synthesise: async context => {
      paymentUrl = context.paymentUrl!
      return { stacks: made.stacks, discard: async () => {} }
    },
    env: () => ({ PAYMENT_URL: paymentUrl }),
    warmEnvironments: 2,
    ...options,
  })
  stops.push(rig.close)
  return rig
}

test('runs the reference stack from its template, through both doors, and a close ends it all', async () => {
  const rig = await start()
  expect(rig.scheduler.environments.size).toBe(2)
  const order = await fetch(`${rig.orders}/orders`, { method: 'POST', body: JSON.stringify(exampleOrder()) })
  expect([order.status, await order.json()]).toMatchObject([201, { receipt: { status: 'charged' } }])

  const workflow = await fetch(`${rig.workflows.url}/workflows/guarded-call`, {
    method: 'POST',
    headers: { ...headersOf(rig), 'Content-Type': 'application/json' },
    body: JSON.stringify(guardedCharge(rig)),
  })
  expect([workflow.status, await workflow.json()]).toMatchObject([200, { via: 'call' }])
  expect(rig.provider.received()).toBe(2)

  const { signal } = new AbortController()
  expect(await fulfil(rig, 'PT', signal)).toMatchObject({ status: 200 })
  expect(await fulfil(rig, 'AQ', signal)).toMatchObject({ status: 500, outcome: 'Undeliverable' })

  await rig.close()
  await rig.close()
  for (const url of [rig.orders, rig.workflows.url, rig.provider.url, rig.stack.endpoints.dynamodb]) {
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  }
})

test('what was started is ended when the rest cannot be', async () => {
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

test('a function that cannot start is told at once', async () => {
  await expect(start({ env: () => ({ PAYMENT_URL: 'nowhere' }) })).rejects.toThrow(InitError)
})

test('an app that cannot be synthesised says why', async () => {
  await expect(synthesise({ stage: 'NOT A STAGE' })).rejects.toThrow(
    /the stacks could not be synthesised: .*stage/s,
  )
})
