import { Circuit, type CircuitOptions } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ApiRequest, answer, type Result } from './api.ts'
import { chargeAt } from './payments.ts'
import { answers, charges, hangs, resets, startProvider } from './provider.fixture.ts'

const order = { orderId: 'order-1', customerId: 'ana', amount: 4200, currency: 'EUR' }

describe('the orders API', () => {
  let provider: Awaited<ReturnType<typeof startProvider>>
  beforeEach(async () => {
    provider = await startProvider()
  })
  afterEach(() => provider.close())

  const api = (options: CircuitOptions = { consecutiveFailures: 3 }) => {
    const clock = new VirtualClock()
    const circuit = new Circuit('payments', {
      clock,
      timeoutMs: 3_000,
      openMs: 5_000,
      recoveryMs: 0,
      ...options,
    })
    const recorded: Result[] = []
    const record = (result: Result) => void recorded.push(result)
    const send = async (fields: Partial<ApiRequest>, parts: Partial<Parameters<typeof answer>[1]> = {}) => {
      const request = { httpMethod: 'POST', path: '/orders', body: null, isBase64Encoded: false, ...fields }
      const all = { circuit, charge: chargeAt(provider.url), record, ...parts }
      const { statusCode, headers, body } = await answer(request, all, clock.now() + 10_000)
      return { status: statusCode, headers, body: JSON.parse(body) }
    }
    const post = (body: unknown = order) => send({ body: JSON.stringify(body) })
    return { clock, circuit, recorded, send, post }
  }

  it('charges an order: 201 with a receipt, and the order id as idempotency key', async () => {
    const { post, recorded } = api()
    expect(await post()).toEqual({
      status: 201,
      headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
      body: {
        orderId: 'order-1',
        receipt: { status: 'charged', via: 'provider', chargeId: 'ch_1', amount: 4200, currency: 'EUR' },
      },
    })
    expect(provider.arrivals).toEqual([
      {
        method: 'POST',
        url: '/charges',
        headers: expect.objectContaining({
          'idempotency-key': 'order-1',
          'content-type': 'application/json',
        }),
        body: JSON.stringify(order),
      },
    ])
    expect(recorded).toEqual(['OrderCharged'])
  })

  it.each([
    ['answers 500', answers(500), 'provider-error'],
    ['answers 429', answers(429, {}, { 'Retry-After': '1' }), 'provider-error'],
    ['answers nonsense', answers(200, { ok: true }), 'provider-error'],
    ['answers no object', answers(200, null), 'provider-error'],
    ['resets the connection', resets, 'provider-unreachable'],
    ['sends the charge elsewhere', answers(307, {}, { Location: '/other' }), 'provider-unreachable'],
  ])('takes the order when the provider %s: 202 with a pending receipt', async (_, behaviour, reason) => {
    provider.behaviour = behaviour
    const { post, recorded } = api()
    expect(await post()).toMatchObject({
      status: 202,
      body: { orderId: 'order-1', receipt: { status: 'pending', via: 'fallback', cause: 'failed', reason } },
    })
    expect(provider.arrivals).toHaveLength(1)
    expect(recorded).toEqual(['OrderPending'])
  })

  it('ends a charge that hangs, and takes the order', async () => {
    provider.behaviour = hangs
    const { post, clock } = api()
    const arrived = provider.nextArrival()
    const answered = post()
    await arrived
    await clock.advance(3_000)
    expect(await answered).toMatchObject({
      status: 202,
      body: { receipt: { cause: 'failed', reason: 'timeout' } },
    })
    expect(clock.pending).toBe(0)
  })

  it('takes orders without asking the provider while the circuit is open, and charges again once it recovers', async () => {
    provider.behaviour = answers(503)
    const { post, clock, circuit } = api()
    for (let call = 0; call < 3; call++) await post()
    const rejected = { status: 'pending', via: 'fallback', cause: 'rejected', reason: 'circuit-open' }
    expect(await post()).toMatchObject({ status: 202, body: { receipt: rejected } })
    expect(provider.arrivals).toHaveLength(3)
    provider.behaviour = charges
    clock.freeze(60_000)
    for (let call = 0; call < 3; call++) expect((await post()).status).toBe(201)
    expect(circuit.status().state).toBe('CLOSED')
  })

  it('does not call the provider before its Retry-After', async () => {
    provider.behaviour = answers(429, {}, { 'Retry-After': '120' })
    const { post, circuit, clock } = api({ consecutiveFailures: 1 })
    await post()
    expect(circuit.status()).toMatchObject({ state: 'OPEN' })
    clock.freeze(119_000)
    await post()
    expect(provider.arrivals).toHaveLength(1)
  })

  it('passes a declined payment on: 402, and no failure of the provider', async () => {
    provider.behaviour = answers(402)
    const { post, circuit, recorded } = api({ consecutiveFailures: 1 })
    expect(await post()).toMatchObject({
      status: 402,
      body: { error: 'PaymentDeclined', orderId: 'order-1' },
    })
    expect(circuit.status().state).toBe('CLOSED')
    expect(recorded).toEqual(['OrderRefused'])
  })

  it('answers any other refusal with 502', async () => {
    provider.behaviour = answers(401)
    const { post } = api()
    expect(await post()).toMatchObject({ status: 502, body: { error: 'PaymentRefused' } })
  })

  it.each([
    ['nothing', { body: null }, ['']],
    ['what is not JSON', { body: 'order=1' }, ['']],
    ['a list', { body: '[]' }, ['']],
    ['missing fields', { body: '{}' }, ['orderId', 'amount', 'currency']],
    ['wrong types', { body: JSON.stringify({ ...order, amount: '4200' }) }, ['amount']],
    ['an over-long field', { body: JSON.stringify({ ...order, orderId: 'x'.repeat(65) }) }, ['orderId']],
    ['an over-long body', { body: JSON.stringify({ ...order, note: 'x'.repeat(20_000) }) }, ['']],
    ['prototype keys', { body: '{"orderId":"a","amount":1,"currency":"EUR","__proto__":{}}' }, ['__proto__']],
  ])('answers 400 to %s and says what is wrong', async (_, request, fields) => {
    const { send, recorded } = api()
    const { status, body } = await send(request)
    expect(status).toBe(400)
    expect(body).toMatchObject({ error: 'InvalidOrder' })
    expect(body.problems.map(({ field }: { field: string }) => field)).toEqual(fields)
    expect(provider.arrivals).toEqual([])
    expect(recorded).toEqual(['OrderInvalid'])
  })

  it('reads a body in base64', async () => {
    const { send } = api()
    const body = Buffer.from(JSON.stringify(order)).toString('base64')
    expect((await send({ body, isBase64Encoded: true })).status).toBe(201)
  })

  it.each([
    ['GET', '/', 404, undefined],
    ['POST', '/orders/1', 404, undefined],
    ['GET', '/constructor', 404, undefined],
    ['GET', '/orders', 405, 'POST'],
    ['constructor', '/orders', 405, 'POST'],
    ['DELETE', '/health', 405, 'GET'],
  ])('answers %s %s with %i', async (httpMethod, path, status, allow) => {
    const { send, recorded } = api()
    const answered = await send({ httpMethod, path })
    expect(answered.status).toBe(status)
    expect(answered.headers?.Allow).toBe(allow)
    expect(recorded).toEqual(['NoRoute'])
  })

  it('tells strangers that it is well or degraded, and nothing of the circuit, without calling the provider', async () => {
    provider.behaviour = answers(503)
    const { send, post, recorded } = api({ consecutiveFailures: 1 })
    const health = () => send({ httpMethod: 'GET', path: '/health/' })
    expect(await health()).toMatchObject({ status: 200, body: { status: 'ok' } })
    await post()
    const { status, body } = await health()
    expect([status, body]).toEqual([200, { status: 'degraded' }])
    expect(provider.arrivals).toHaveLength(1)
    expect(recorded).toEqual(['Health', 'OrderPending', 'Health'])
  })

  it('answers 500 to its own faults and gives nothing away', async () => {
    const { send, recorded } = api()
    const circuit = {
      run: () => Promise.reject(new Error('secret')),
      status: () => {
        throw new Error('secret')
      },
    }
    const answered = await send({ body: JSON.stringify(order) }, { circuit })
    expect(answered.status).toBe(500)
    expect(JSON.stringify(answered)).not.toContain('secret')
    expect((await send({ httpMethod: 'GET', path: '/health' }, { circuit })).status).toBe(500)
    expect(recorded).toEqual(['Error', 'Error'])
  })

  it('counts a charge that hung while the environment was frozen at the next order', async () => {
    provider.behaviour = hangs
    const { post, clock, circuit } = api({ consecutiveFailures: 1 })
    const arrived = provider.nextArrival()
    const frozen = post()
    await arrived
    clock.freeze(5_000)
    expect(await post()).toMatchObject({ status: 202, body: { receipt: { cause: 'rejected' } } })
    expect(circuit.status().state).toBe('OPEN')
    await clock.advance(0)
    expect(await frozen).toMatchObject({
      status: 202,
      body: { receipt: { cause: 'failed', reason: 'timeout' } },
    })
  })
})
