import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepValues, hostile, largeTexts, nearly, only } from '../../../test/hostile.ts'
import { runs } from '../../../test/tier.ts'
import { StepError } from './errors.ts'
import { readRequest } from './request.ts'

const item = { sku: 'book', quantity: 1 }
const order = { orderId: 'order-1', items: [item], amount: 4200, currency: 'EUR', note: 'of no interest' }

describe('readRequest', () => {
  it.each(['reserve', 'release', 'charge', 'refund', 'ship', 'unship', 'notify'])(
    'takes %s as it is',
    step => {
      const request = { step, order, idempotencyKey: 'a: b/é', undoes: 'c', item }
      expect(readRequest(request)).toEqual(request)
    },
  )

  it('fills in the keys', () => {
    const keysOf = (step: string) => {
      const { idempotencyKey, undoes } = readRequest({ step, order })
      return [idempotencyKey, undoes]
    }
    expect(keysOf('charge')).toEqual(['order-1:charge', 'order-1:charge'])
    expect(keysOf('refund')).toEqual(['order-1:refund', 'order-1:charge'])
    expect(keysOf('release')).toEqual(['order-1:release', 'order-1:reserve'])
    expect(keysOf('unship')).toEqual(['order-1:unship', 'order-1:ship'])
  })

  it('asks only for what a step needs', () => {
    const bare = { orderId: 'order-1' }
    for (const step of ['release', 'refund', 'ship', 'unship', 'notify']) readRequest({ step, order: bare })
    readRequest({ step: 'reserve', order: bare, item })
    expect(readRequest({ step: 'ship', order: { ...bare, amount: 'much' } }).step).toBe('ship')
  })

  it.each([
    [null, 'request must be an object'],
    [[], 'request must be an object'],
    [{ order }, 'step must be one of reserve, release, charge, refund, ship, unship, notify'],
    [{ step: 'constructor', order }, 'step must be one of'],
    [
      { step: 'ship', order, orderId: 'a' },
      'request has another field than step, order, idempotencyKey, undoes, item',
    ],
    [JSON.parse('{"step":"ship","order":{"orderId":"a"},"__proto__":{}}'), 'request has another field than'],
    [{ step: 'ship' }, 'order must be an object'],
    [{ step: 'ship', order: {} }, 'order.orderId is required'],
    [
      { step: 'ship', order: { orderId: 'a b' } },
      'order.orderId must be 1 to 64 letters, digits, "-" or "_"',
    ],
    [{ step: 'ship', order: { orderId: 5 } }, 'order.orderId must be'],
    [{ step: 'ship', order: { ...order, country: 'Portugal' } }, 'order.country must be two capital letters'],
    [{ step: 'reserve', order: { orderId: 'a' } }, 'order.items is required'],
    [{ step: 'reserve', order: { ...order, items: [] } }, 'order.items must be a list of 1 to 100'],
    [
      { step: 'reserve', order: { ...order, items: Array(101).fill(item) } },
      'order.items must be a list of 1 to 100',
    ],
    [{ step: 'reserve', order: { ...order, items: [item, 'book'] } }, 'order.items[1] must be an object'],
    [{ step: 'reserve', order: { ...order, items: [{ quantity: 1 }] } }, 'order.items[0].sku must be'],
    [
      { step: 'reserve', order, item: { sku: 'book', quantity: 0 } },
      'item.quantity must be a whole number from 1 to 10000',
    ],
    [{ step: 'charge', order: { orderId: 'a', currency: 'EUR' } }, 'order.amount is required'],
    [
      { step: 'charge', order: { ...order, amount: 0.5 } },
      'order.amount must be a whole number from 1 to 99999999',
    ],
    [{ step: 'charge', order: { ...order, amount: '5' } }, 'order.amount must be'],
    [
      { step: 'charge', order: { ...order, currency: 'eur' } },
      'order.currency must be three capital letters',
    ],
    [{ step: 'charge', order: { ...order, customerId: '' } }, 'order.customerId must be'],
    [{ step: 'charge', order, idempotencyKey: '' }, 'idempotencyKey must be 1 to 200 characters'],
    [{ step: 'charge', order, idempotencyKey: 'a\nb' }, 'idempotencyKey must be'],
    [{ step: 'refund', order, undoes: 'x'.repeat(201) }, 'undoes must be'],
  ])('refuses %j', (request, message) => {
    const error = expect.objectContaining({
      name: 'InvalidRequest',
      message: expect.stringContaining(message),
    })
    expect(() => readRequest(request)).toThrow(error)
  })
})

it('a hostile request is an InvalidRequest, and nothing worse', () => {
  const good = {
    orderId: 'order-1',
    amount: 4_200,
    currency: 'EUR',
    country: 'PT',
    items: [{ sku: 'a', quantity: 1 }],
  }
  const requests = fc.constantFrom('reserve', 'charge', 'ship', 'refund').chain(step =>
    fc.oneof(
      hostile,
      nearly({ step, order: good, idempotencyKey: 'k', undoes: 'k', item: good.items[0] }),
      nearly(good).map(order => ({ step, order })),
    ),
  )
  const read = (event: unknown) => only([StepError], () => readRequest(event))
  fc.assert(fc.property(requests, read), { numRuns: runs(100, 5_000) })
  for (const value of [...deepValues, ...largeTexts]) {
    read(value)
    for (const name of Object.keys(good)) read({ step: 'charge', order: { ...good, [name]: value } })
  }
})
