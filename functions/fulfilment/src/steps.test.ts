import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { paymentsAt, simulatedPayments } from './payments.ts'
import { answers, hangs, resets, startProvider } from './provider.fixture.ts'
import { readRequest } from './request.ts'
import { fulfilment, remember } from './steps.ts'

const book = { sku: 'book', quantity: 2 }
const order = { orderId: 'order-1', items: [book], amount: 4200, currency: 'EUR' }
const { signal } = new AbortController()

/** An environment of the function. */
const start = (payments = simulatedPayments) => {
  const run = fulfilment(payments)
  return (step: string, about: object = {}, more: object = {}) =>
    run(readRequest({ step, order: { ...order, ...about }, ...more }), signal)
}

describe('each step', () => {
  it.each([
    ['reserve', {}, { reservationId: 'res-order-1:reserve', items: [book] }],
    ['release', {}, { reservationId: 'res-order-1:reserve', released: true }],
    ['charge', {}, { chargeId: 'ch-order-1:charge', amount: 4200, currency: 'EUR' }],
    ['refund', {}, { refundId: 're-order-1:refund', refunded: true }],
    ['ship', {}, { shipmentId: 'shp-order-1:ship', country: 'PT' }],
    ['ship', { country: 'IS' }, { shipmentId: 'shp-order-1:ship', country: 'IS' }],
    ['unship', {}, { shipmentId: 'shp-order-1:ship', cancelled: true }],
    ['notify', {}, { notificationId: 'ntf-order-1:notify', notice: 'Order order-1 is on its way' }],
  ])('%s %j', async (step, about, result) => {
    const [here, there] = [start(), start()]
    const first = await here(step, about)
    expect(first).toEqual(result)
    // Once, in one environment; and the same in another.
    expect(await here(step, { ...about, amount: 1, country: 'FR' })).toBe(first)
    expect(await there(step, about)).toEqual(first)
  })

  it('reserves and releases one item under a key of its own', async () => {
    const run = start()
    const pen = { sku: 'pen', quantity: 10_000 }
    const reserved = await run('reserve', {}, { item: pen, idempotencyKey: 'run-1:reserve:3' })
    expect(reserved).toEqual({ reservationId: 'res-run-1:reserve:3', items: [pen] })
    const release = { item: pen, idempotencyKey: 'run-1:release:3', undoes: 'run-1:reserve:3' }
    expect(await run('release', {}, release)).toEqual({
      reservationId: 'res-run-1:reserve:3',
      released: true,
    })
  })

  it.each([
    ['reserve', { items: [{ sku: 'unicorn', quantity: 1 }] }, 'OutOfStock', 'unicorn: 1 ordered, 0 in stock'],
    [
      'reserve',
      { items: [book, { sku: 'chair', quantity: 11 }] },
      'OutOfStock',
      'chair: 11 ordered, 10 in stock',
    ],
    ['reserve', { items: [{ sku: 'constructor', quantity: 1 }] }, 'OutOfStock', 'constructor: 1 ordered'],
    ['charge', { amount: 1_000_001 }, 'PaymentDeclined', 'the payment of 1000001 was declined'],
    ['ship', { country: 'AQ' }, 'Undeliverable', 'no carrier goes to AQ'],
  ])('%s %j fails by %s, and may be tried again', async (step, about, name, message) => {
    const run = start()
    await expect(run(step, about)).rejects.toMatchObject({ name, message: expect.stringContaining(message) })
    expect(await run(step)).toBeTypeOf('object')
  })
})

describe('payments at a provider', () => {
  let provider: Awaited<ReturnType<typeof startProvider>>
  beforeAll(async () => {
    provider = await startProvider()
  })
  beforeEach(() => {
    provider.arrivals.length = 0
    provider.behaviour = answers(201, { id: 'id_1' })
  })
  afterAll(() => provider.close())

  it('are charged once', async () => {
    const run = start(paymentsAt(provider.url))
    const more = { idempotencyKey: 'é run:charge' }
    const [first, second] = await Promise.all([
      run('charge', { customerId: 'ana' }, more),
      run('charge', {}, more),
    ])
    expect(first).toEqual({ chargeId: 'id_1', amount: 4200, currency: 'EUR' })
    expect(second).toBe(first)
    const body = { orderId: 'order-1', customerId: 'ana', amount: 4200, currency: 'EUR' }
    expect(provider.arrivals).toEqual([{ route: 'POST /v1/charges', key: '%C3%A9%20run:charge', body }])
  })

  it('are refunded beside it, by the key of the charge', async () => {
    const run = start(paymentsAt(provider.url))
    expect(await run('refund')).toEqual({ refundId: 'id_1', refunded: true })
    const body = { orderId: 'order-1', charge: 'order-1:charge' }
    expect(provider.arrivals).toEqual([{ route: 'POST /v1/refunds', key: 'order-1:refund', body }])
  })

  it('need no refund where nothing was charged', async () => {
    provider.behaviour = answers(404)
    expect(await start(paymentsAt(provider.url))('refund')).toEqual({ refunded: false })
  })

  it.each([
    ['402', answers(402), 'PaymentDeclined'],
    ['401', answers(401), 'PaymentRefused'],
    ['404', answers(404), 'PaymentRefused'],
    ['429', answers(429), 'PaymentUnavailable'],
    ['408', answers(408), 'PaymentUnavailable'],
    ['425', answers(425), 'PaymentUnavailable'],
    ['503', answers(503), 'PaymentUnavailable'],
    ['no id', answers(200, {}), 'PaymentUnavailable'],
    ['null', answers(200, null), 'PaymentUnavailable'],
    ['a reset', resets, 'PaymentUnavailable'],
  ])('fail by name when it answers %s, and may be tried again', async (_, behaviour, name) => {
    const run = start(paymentsAt(provider.url))
    provider.behaviour = behaviour
    await expect(run('charge')).rejects.toMatchObject({ name })
    provider.behaviour = answers(201, { id: 'id_2' })
    expect(await run('charge')).toMatchObject({ chargeId: 'id_2' })
  })

  it('end when their time is over', async () => {
    provider.behaviour = hangs
    const controller = new AbortController()
    const arrival = provider.nextArrival()
    const run = fulfilment(paymentsAt(provider.url))
    const charged = run(readRequest({ step: 'charge', order }), controller.signal)
    const { closed } = await arrival
    controller.abort()
    await expect(charged).rejects.toMatchObject({ name: 'PaymentTimeout' })
    await closed
  })
})

describe('remember', () => {
  it('keeps a thousand answers', async () => {
    const once = remember<number>()
    let done = 0
    const work = async () => ++done
    for (let key = 0; key < 1_001; key++) await once(`${key}`, work)
    expect(await once('1', work)).toBe(2)
    expect(await once('0', work)).toBe(1_002)
  })

  it('forgets a failure, but not what was done since', async () => {
    const once = remember<string>()
    await expect(once('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await once('a', async () => 'done')).toBe('done')
    expect(await once('a', async () => 'again')).toBe('done')
  })
})
