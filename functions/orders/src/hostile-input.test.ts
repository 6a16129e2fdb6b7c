import { Circuit } from '@breakwater/circuit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  deepTexts,
  deepValues,
  hostile,
  hostileText,
  largeTexts,
  mustBeLinear,
  nearly,
} from '../../../test/hostile.ts'
import { runs } from '../../../test/tier.ts'
import { answer } from './api.ts'
import { validateOrder } from './validate.ts'

const order = {
  orderId: 'order-1',
  customerId: 'ana',
  amount: 4_200,
  currency: 'EUR',
  items: [{ sku: 'book', quantity: 1 }],
}

/** Answers as the function does; a charge is always made, and whatever is recorded must be fit to log. */
async function send(
  body: string,
  fields: { readonly isBase64Encoded?: boolean; readonly path?: string } = {},
) {
  const faults: unknown[] = []
  const dependencies = {
    circuit: new Circuit('payments'),
    charge: async () => ({ chargeId: 'ch_1' }),
    record: (result: string, details: object) => {
      JSON.stringify(details)
      if (result === 'Error') faults.push(details)
    },
  }
  const request = { httpMethod: 'POST', path: '/orders', body, isBase64Encoded: false, ...fields }
  const answered = await answer(request, dependencies, Date.now() + 10_000)
  expect(faults).toEqual([])
  expect(answered.statusCode).toBeLessThan(500)
  JSON.parse(answered.body)
  // What is wrong is said of each field, within a bound of what a body may hold.
  expect(answered.body.length).toBeLessThan(1_000_000)
}

it('a hostile order is taken or refused, and nothing worse', async () => {
  const body = fc.oneof(
    hostileText,
    fc
      .oneof(
        hostile,
        nearly(order),
        nearly({ sku: 'book', quantity: 1 }).map(item => ({ ...order, items: [item] })),
      )
      .map(value => JSON.stringify(value) ?? ''),
  )
  await fc.assert(
    fc.asyncProperty(body, fc.boolean(), async (text, isBase64Encoded) => {
      await send(text, { isBase64Encoded })
      await send(text, { path: text })
    }),
    { numRuns: runs(100, 5_000) },
  )
  for (const text of [...deepTexts, ...largeTexts]) {
    await send(text)
    await send(text, { isBase64Encoded: true })
    await send(`{"orderId":${text}}`)
    await send('{}', { path: text })
  }
})

it('an order is validated in linear time, whatever it holds', () => {
  for (const value of deepValues)
    for (const name of Object.keys(order)) validateOrder({ ...order, [name]: value })
  mustBeLinear(
    2_000,
    size => ({ ...order, ...Object.fromEntries(Array.from({ length: size }, (_, at) => [`k${at}`, at])) }),
    validateOrder,
  )
  for (const name of ['orderId', 'customerId', 'currency'])
    mustBeLinear(30_000, size => ({ ...order, [name]: '-'.repeat(size) }), validateOrder)
})
