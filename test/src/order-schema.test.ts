import fc from 'fast-check'
import { expect, it } from 'vitest'
import { validateOrder } from '../../functions/orders/src/validate.ts'
import { shopOrderSchema } from '../../infra/src/input-schemas.ts'
import { compile } from '../../packages/emulator/src/rest/schema.ts'

const validate = compile(shopOrderSchema, 'Order')

const id = fc.oneof(
  fc.constantFrom('order-1', 'a', 'x'.repeat(64), 'x'.repeat(65), '', 'a b', 'a\n', 'é'),
  fc.anything(),
)
const amount = fc.oneof(fc.constantFrom(1, 99_999_999, 0, 100_000_000, 1.5, '1'), fc.integer())
const quantity = fc.oneof(fc.constantFrom(1, 10_000, 10_001, 0, null), fc.integer({ min: 1, max: 10_000 }))
const item = fc.oneof(
  fc.record({ sku: fc.constantFrom('book', '', 5), quantity }, { requiredKeys: [] }),
  fc.constantFrom({ sku: 'book', quantity: 1 }, { sku: 'book', quantity: 1, more: 1 }, null, 'book'),
)
const order = fc.record(
  {
    orderId: id,
    customerId: id,
    amount,
    currency: fc.constantFrom('EUR', 'JPY', 'eur', 'EURO', '', null),
    items: fc.oneof(
      fc.array(item, { maxLength: 3 }),
      fc.constant(Array(101).fill({ sku: 'a', quantity: 1 })),
    ),
    more: fc.constant(1),
  },
  { requiredKeys: [] },
)
const good = { orderId: 'order-1', amount: 4_200, currency: 'EUR' }
const nearlyGood = fc.oneof(
  order,
  order.map(fields => ({ ...good, ...Object.fromEntries(Object.entries(fields).slice(0, 1)) })),
  fc.anything(),
)

it('the schema of POST /orders takes what the function takes, and nothing else', () => {
  let taken = 0
  fc.assert(
    fc.property(nearlyGood, body => {
      const problems = validate(body)
      expect(problems.length === 0).toBe('order' in validateOrder(body))
      if (problems.length === 0) taken++
    }),
    { numRuns: 300 },
  )
  expect(taken).toBeGreaterThan(0)
})
