import type { Context } from 'aws-lambda'
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest'
import { readConfig } from './config.ts'
import { hangs, startProvider } from './provider.fixture.ts'

const lines: Record<string, unknown>[] = []
const context = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 10_000 } as Context
const order = {
  orderId: 'order-1',
  amount: 2_000_000,
  currency: 'EUR',
  items: [{ sku: 'unicorn', quantity: 1 }],
}
const provider = await startProvider()

const start = async (paymentUrl?: string) => {
  vi.resetModules()
  vi.stubEnv('PAYMENT_URL', paymentUrl)
  return (await import('./handler.ts')).handler
}

beforeEach(() => {
  lines.length = 0
  vi.stubEnv('POWERTOOLS_DEV', 'true')
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(JSON.parse(line)))
  }
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})
afterAll(() => provider.close())

it('the handler does a step, and logs it', async () => {
  const handler = await start()
  expect(await handler({ step: 'ship', order }, context)).toMatchObject({ country: 'PT' })
  const line = { level: 'INFO', service: 'fulfilment', message: 'ship done', orderId: 'order-1' }
  expect(lines).toEqual([expect.objectContaining({ ...line, function_request_id: 'request-1' })])
})

it('the handler fails by name, and logs it', async () => {
  const handler = await start()
  await expect(handler({ step: 'reserve', order }, context)).rejects.toMatchObject({ name: 'OutOfStock' })
  await expect(handler({ step: 'charge', order }, context)).rejects.toMatchObject({ name: 'PaymentDeclined' })
  await expect(handler({ step: 'pack', order }, context)).rejects.toMatchObject({ name: 'InvalidRequest' })
  expect(lines.map(({ level }) => level)).toEqual(['WARN', 'WARN', 'WARN'])
})

it('the handler charges at the provider it is given, and leaves no timer behind', async () => {
  const handler = await start(provider.url.href)
  const cleared = vi.spyOn(globalThis, 'clearTimeout')
  const timers = vi.spyOn(globalThis, 'setTimeout')
  expect(await handler({ step: 'charge', order }, context)).toMatchObject({ chargeId: 'id_1' })
  const ours = timers.mock.calls.findIndex(([, ms]) => ms === 9_500)
  expect(cleared).toHaveBeenCalledWith(timers.mock.results[ours]?.value)
})

it('the handler fails by name before its invocation ends', async () => {
  const handler = await start(provider.url.href)
  provider.behaviour = hangs
  let end: () => void = () => expect.unreachable('no limit was set')
  const timeout = globalThis.setTimeout
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, ms?: number) => {
    if (ms !== 300) return timeout(work, ms)
    end = work
    return undefined
  }) as typeof setTimeout)
  const arrival = provider.nextArrival()
  const charged = handler({ step: 'charge', order }, { ...context, getRemainingTimeInMillis: () => 600 })
  const { closed } = await arrival
  end()
  await expect(charged).rejects.toMatchObject({ name: 'PaymentTimeout' })
  await closed
})

it('the handler reads its settings', async () => {
  expect(readConfig({})).toEqual({ paymentUrl: undefined })
  expect(readConfig({ PAYMENT_URL: '' })).toEqual({ paymentUrl: undefined })
  for (const url of ['payments', 'ftp://payments'])
    expect(() => readConfig({ PAYMENT_URL: url })).toThrow(
      /^PAYMENT_URL: got .* allowed is the http or https address/,
    )
})
