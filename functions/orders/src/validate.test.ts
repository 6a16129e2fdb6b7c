import { describe, expect, it } from 'vitest'
import { readJson, validateOrder } from './validate.ts'

const plain = (body: string | null) => readJson({ body, isBase64Encoded: false })
const base64 = (body: string | Buffer) =>
  readJson({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true })

describe('readJson', () => {
  it('reads a body as it is and in base64', () => {
    expect(plain('{"name":"Zoë"}')).toEqual({ value: { name: 'Zoë' } })
    expect(base64('{"name":"Zoë"}')).toEqual({ value: { name: 'Zoë' } })
  })

  it('says that a body is missing', () => {
    expect(plain(null)).toEqual({ problem: 'must be JSON; it is empty' })
    expect(plain('')).toEqual({ problem: 'must be JSON; it is empty' })
  })

  it.each(['{', 'order', '{"a":1}{', "{'a':1}", 'undefined'])('refuses %s', body => {
    expect(plain(body)).toEqual({ problem: 'must be JSON in UTF-8' })
  })

  it('refuses bytes that are no text', () => {
    expect(base64(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ problem: 'must be JSON in UTF-8' })
  })

  it('counts bytes, not characters', () => {
    const problem = 'must be at most 16384 bytes long'
    expect(plain(JSON.stringify('x'.repeat(16_382)))).toEqual({ value: 'x'.repeat(16_382) })
    expect(plain(JSON.stringify('x'.repeat(16_383)))).toEqual({ problem })
    expect(base64(JSON.stringify('é'.repeat(8_192)))).toEqual({ problem })
  })
})

const order = { orderId: 'order-1', customerId: 'ana_1', amount: 4200, currency: 'EUR' }

/** The invalid fields, in the order in which they are found. */
const wrong = (body: unknown) => {
  const checked = validateOrder(body)
  return 'problems' in checked ? checked.problems.map(({ field }) => field) : []
}

describe('validateOrder', () => {
  it.each([
    order,
    { orderId: 'a', amount: 1, currency: 'JPY' },
    { ...order, amount: 99_999_999, orderId: 'x'.repeat(64) },
    { ...order, items: [{ sku: 'book', quantity: 1 }] },
  ])('takes %j', body => {
    expect(validateOrder(body)).toEqual({ order: body })
  })

  it('reports all problems at once', () => {
    expect(
      validateOrder({ customerId: 5, amount: '42', currency: 'eur', extra: 1, items: [{ sku: '' }] }),
    ).toEqual({
      problems: [
        { field: 'orderId', problem: 'is required' },
        { field: 'customerId', problem: 'must be 1 to 64 letters, digits, "-" or "_"' },
        { field: 'amount', problem: 'must be a whole number from 1 to 99999999' },
        { field: 'currency', problem: 'must be three capital letters, such as "EUR"' },
        { field: 'items[0].sku', problem: 'must be 1 to 64 letters, digits, "-" or "_"' },
        { field: 'items[0].quantity', problem: 'is required' },
        { field: 'extra', problem: 'is not known' },
      ],
    })
  })

  it.each([null, undefined, 'text', 5, true, [], [order]])('refuses %j for an order', body => {
    expect(validateOrder(body)).toEqual({ problems: [{ field: '', problem: 'must be an object' }] })
  })

  it.each([
    ['orderId', ['', ' ', 'a b', 'x'.repeat(65), 'a\nb', 'a\n', 'é', '../x', null, 5, {}, ['a']]],
    ['customerId', ['', 'x'.repeat(65), null, false]],
    ['amount', [0, -1, 1.5, 100_000_000, Number.NaN, Infinity, '1', null, 2 ** 53]],
    ['currency', ['', 'EU', 'EURO', 'eur', 'E1R', 978, null]],
    ['items', [[], {}, 'x', null, Array(101).fill({ sku: 'a', quantity: 1 })]],
  ])('refuses wrong values of %s', (field, values) => {
    for (const value of values) expect(wrong({ ...order, [field]: value }), String(value)).toEqual([field])
  })

  it.each([null, 'book', 5, ['book']])('refuses %j for an item', item => {
    expect(wrong({ ...order, items: [item] })).toEqual(['items[0]'])
  })

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'refuses the key %s',
    key => {
      const body = JSON.parse(`{"orderId":"a","amount":1,"currency":"EUR","${key}":{"polluted":true}}`)
      expect(wrong(body)).toEqual([key])
      const item = JSON.parse(`{"sku":"a","quantity":1,"${key}":1}`)
      expect(wrong({ ...order, items: [item] })).toEqual([`items[0].${key}`])
      expect({}).not.toHaveProperty('polluted')
    },
  )

  it('does not take inherited fields for given ones', () => {
    expect(wrong(Object.create(order))).toEqual(['orderId', 'amount', 'currency'])
  })

  it('repeats no more of an unknown name than helps', () => {
    expect(wrong({ ...order, ['k'.repeat(10_000)]: 1 })).toEqual(['k'.repeat(64)])
  })
})
