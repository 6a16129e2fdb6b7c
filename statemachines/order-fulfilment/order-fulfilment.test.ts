import { TaskError } from '@breakwater/asl'
import { badInputError, circuitOpenError, compensationError, guardedStateNames } from '@breakwater/workflows'
import { describe, expect, it } from 'vitest'
import { clean, lint } from '../../packages/workflows/src/linters.fixture.ts'
import {
  gateArn,
  overrides,
  records,
  runWorkflow,
  type RunOptions,
  executionStart,
  workArn,
} from '../run-workflow.fixture.ts'
import { type OrderFulfilmentOptions, orderFulfilment } from './index.ts'

const options = { table: 'circuits', gate: gateArn, fulfilment: workArn }
const definition = orderFulfilment(options)
const order = {
  orderId: 'order-1',
  amount: 4200,
  items: [
    { sku: 'mug', quantity: 2 },
    { sku: 'pen', quantity: 1 },
  ],
}

interface Work {
  readonly step: string
  readonly idempotencyKey: string
  readonly undoes?: string
  readonly item?: { readonly sku: string }
}

/** A function that does every step, but those for which a test has something else in mind. */
const works =
  (but: Readonly<Record<string, (work: Work) => unknown>> = {}) =>
  (work: Work) =>
    but[work.step]?.(work) ?? { [work.step]: 'done' }

const fails = (name: string) => () => {
  throw new TaskError(name, `{"errorType":"${name}"}`)
}
const hangs = () => new Promise(() => {})

const fulfil = (around: RunOptions = {}, of = definition) =>
  runWorkflow(of, { order }, { work: works(), ...around })

/** What was asked of the function, one word for each. */
const did = (worked: readonly Work[]) => worked.map(({ step, item }) => (item ? `${step} ${item.sku}` : step))

const charge = guardedStateNames('Charge payment')
const reserved = ['reserve mug', 'reserve pen']
const released = ['release pen', 'release mug']

it('is well, as all three linters have it', async () => {
  expect(await lint(definition)).toEqual(clean)
})

describe('an order that goes through', () => {
  it('is reserved, charged, shipped and told of', async () => {
    const { status, output, worked, asked } = await fulfil()
    expect({ status, output, asked }).toEqual({
      status: 'SUCCEEDED',
      output: {
        status: 'FULFILLED',
        orderId: 'order-1',
        receipt: { charge: 'done' },
        shipment: { ship: 'done' },
        notified: true,
      },
      asked: [],
    })
    expect(did(worked)).toEqual([...reserved, 'charge', 'ship', 'notify'])
  })

  it('enters two states more for the circuit, and asks no gate', async () => {
    const { states } = await fulfil({ circuit: [records.closed] })
    const around = states.filter(name => name.startsWith('Charge payment'))
    expect(around).toEqual([charge.check, charge.decide, charge.task])
  })

  it('gives each step the whole order and a key of its own, made of the execution', async () => {
    const { worked } = await fulfil({ name: 'order-1' })
    expect(worked.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      'order-1:reserve:0',
      'order-1:reserve:1',
      'order-1:charge',
      'order-1:ship',
      'order-1:notify',
    ])
    for (const { order: given } of worked) expect(given).toEqual(order)
  })

  it('of a single item', async () => {
    const { output, worked } = await runWorkflow(
      definition,
      { order: { ...order, items: [order.items[0]] } },
      { work: works() },
    )
    expect(output).toMatchObject({ status: 'FULFILLED' })
    expect(did(worked)).toEqual(['reserve mug', 'charge', 'ship', 'notify'])
  })

  it('though the customer could not be told', async () => {
    const { output, worked } = await fulfil({ work: works({ notify: fails('NoAddress') }) })
    expect(output).toMatchObject({ status: 'FULFILLED', notified: false })
    expect(did(worked)).not.toContain('unship')
  })

  it('though Lambda throttled every step once, under the same keys', async () => {
    const seen = new Set<string>()
    const work = (one: Work) => {
      if (seen.has(one.idempotencyKey)) return { [one.step]: 'done' }
      seen.add(one.idempotencyKey)
      throw new TaskError('Lambda.TooManyRequestsException', 'Rate exceeded')
    }
    const { status, worked } = await fulfil({ work })
    expect(status).toBe('SUCCEEDED')
    expect(worked).toHaveLength(10)
    expect(seen.size).toBe(5)
  })

  it('though a step took too long once', async () => {
    let tries = 0
    const { status } = await fulfil({ work: works({ ship: () => (tries++ ? { id: 's' } : hangs()) }) })
    expect({ status, tries }).toEqual({ status: 'SUCCEEDED', tries: 2 })
  })
})

describe('an order that fails is taken back in reverse order', () => {
  const failed = async (around: RunOptions) => {
    const { status, error, cause, worked, asked } = await fulfil(around)
    expect(status).toBe('FAILED')
    return { error, cause: JSON.parse(cause!), did: did(worked), worked, asked }
  }

  it('an item is not in stock: the others are tried, and all are released', async () => {
    const work = works({ reserve: ({ item }) => (item?.sku === 'mug' ? fails('OutOfStock')() : 'done') })
    const result = await failed({ work })
    expect(result).toMatchObject({
      error: 'OutOfStock',
      cause: {
        step: 'reserve',
        orderId: 'order-1',
        error: 'OutOfStock',
        cause: '{"errorType":"OutOfStock"}',
      },
      did: [...reserved, ...released],
      asked: [],
    })
    expect(result.worked.slice(2)).toMatchObject([
      { idempotencyKey: 'execution-1:release:1', undoes: 'execution-1:reserve:1' },
      { idempotencyKey: 'execution-1:release:0', undoes: 'execution-1:reserve:0' },
    ])
  })

  it('the payment is declined: nothing to refund', async () => {
    const { did, error, asked } = await failed({ work: works({ charge: fails('PaymentDeclined') }) })
    expect({ did, error }).toEqual({ did: [...reserved, 'charge', ...released], error: 'PaymentDeclined' })
    expect(asked).toMatchObject([{ action: 'record', outcome: { ok: false, error: 'PaymentDeclined' } }])
  })

  it('the charge fails, and nobody knows whether it was made: it is refunded', async () => {
    const { worked, ...result } = await failed({ work: works({ charge: fails('ProviderDown') }) })
    expect(result).toMatchObject({
      did: [...reserved, 'charge', 'refund', ...released],
      error: 'ProviderDown',
      cause: { step: 'charge' },
      asked: [{ action: 'record', circuit: 'payments', outcome: { ok: false, error: 'ProviderDown' } }],
    })
    expect(worked[3]).toMatchObject({ step: 'refund', undoes: 'execution-1:charge' })
  })

  it('the charge takes too long', async () => {
    const { did, error, cause } = await failed({ work: works({ charge: hangs }) })
    expect(did).toEqual([...reserved, 'charge', 'refund', ...released])
    expect({ error, cause }).toMatchObject({ error: 'States.Timeout', cause: { step: 'charge' } })
  })

  it('it cannot be shipped: all of it, once the customer was told', async () => {
    const { did, error, cause } = await failed({ work: works({ ship: fails('NoCarrier') }) })
    expect(did.toSpliced(3, 2)).toEqual([...reserved, 'charge', 'unship', 'refund', ...released])
    expect(did.slice(3, 5).toSorted()).toEqual(['notify', 'ship'])
    expect({ error, cause }).toMatchObject({
      error: 'NoCarrier',
      cause: { step: 'ship', orderId: 'order-1' },
    })
  })

  it('a cause is kept short enough to be told', async () => {
    const work = works({
      charge: () => {
        throw new TaskError('ProviderDown', 'x'.repeat(32_000))
      },
    })
    const { cause } = await failed({ work })
    expect(cause.cause).toBe('x'.repeat(4_000))
  })

  it('steps back are tried for minutes', async () => {
    const times: Record<string, number> = {}
    const thrice = ({ step, item }: Work) => {
      const key = step + (item?.sku ?? '')
      times[key] = (times[key] ?? 0) + 1
      if (times[key] < 7) throw new TaskError('NotNow', '')
      return 'done'
    }
    const work = works({ ship: fails('NoCarrier'), unship: thrice, refund: thrice, release: thrice })
    expect(await failed({ work })).toMatchObject({ error: 'NoCarrier' })
    expect(times).toEqual({ unship: 7, refund: 7, releasepen: 7, releasemug: 7 })
  })

  it('what cannot be taken back is named, and keeps nothing else from being', async () => {
    const work = works({
      ship: fails('NoCarrier'),
      unship: fails('NotNow'),
      refund: hangs,
      release: ({ item }) => (item?.sku === 'pen' ? fails('NotNow')() : 'done'),
    })
    const { error, cause, did } = await failed({ work })
    expect({ error, cause }).toMatchObject({
      error: compensationError,
      cause: {
        orderId: 'order-1',
        step: 'ship',
        error: 'NoCarrier',
        uncompensated: ['unship', 'refund', 'release:1'],
      },
    })
    expect(did.at(-1)).toBe('release mug')
  })
})

describe('while the circuit is open', () => {
  const open = (retryAfterMs: number) => ({ ...records.open, retryAt: executionStart + retryAfterMs })

  it('waits as long as it says, then charges', async () => {
    const { status, states, worked, startDate, stopDate } = await fulfil({
      circuit: [open(90_500), records.closed],
    })
    expect(status).toBe('SUCCEEDED')
    expect(Number(stopDate) - Number(startDate)).toBe(91_000)
    expect(did(worked)).toEqual([...reserved, 'charge', 'ship', 'notify'])
    const around = states.slice(states.indexOf(charge.check), states.indexOf('Ship and notify'))
    expect(around).toEqual([
      charge.check,
      charge.decide,
      'Wait again?',
      'Wait for payments',
      charge.check,
      charge.decide,
      charge.task,
    ])
  })

  it('waits a second at the least, and longer each time, spread by chance', async () => {
    const gate = () => ({ admitted: false, reason: 'half-open', retryAfterMs: 200 })
    const { states, startDate, stopDate, asked, error } = await fulfil(
      { circuit: [records.due], gate },
      orderFulfilment({ ...options, maxWaits: 4 }),
    )
    expect(error).toBe(circuitOpenError)
    expect(states.filter(name => name === 'Wait for payments')).toHaveLength(4)
    expect(asked).toHaveLength(5)
    // 1 + 2 + 4 + 8 seconds, and half as long again for all but the first.
    expect(Number(stopDate) - Number(startDate)).toBe(1_000 * (1 + 3 + 6 + 12))
  })

  it('gives up after so many waits, takes the reservations back, and says what a client needs to know', async () => {
    const { error, cause, states, worked, asked } = await fulfil(
      { circuit: [overrides.forcedOpen] },
      orderFulfilment({ ...options, maxWaits: 2, policy: { openMs: 60_000 } }),
    )
    expect(error).toBe(circuitOpenError)
    expect(JSON.parse(cause!)).toEqual({
      step: 'charge',
      error: circuitOpenError,
      orderId: 'order-1',
      circuit: 'payments',
      reason: 'forced-open',
      retryAfterMs: 60_000,
      waits: 2,
    })
    expect(did(worked)).toEqual([...reserved, ...released])
    expect(states.filter(name => name === 'Wait for payments')).toHaveLength(2)
    expect(asked).toEqual([])
  })

  it('gives up at once where it shall not wait', async () => {
    const { error, states, startDate, stopDate } = await fulfil(
      { circuit: [records.open] },
      orderFulfilment({ ...options, maxWaits: 0 }),
    )
    expect(error).toBe(circuitOpenError)
    expect(states).not.toContain('Wait for payments')
    expect(Number(stopDate)).toBe(Number(startDate))
  })

  it('charges as a probe, and says how that went', async () => {
    const token = { generation: 8, startedAt: 5, lease: 'a' }
    const gate = ({ action }: { action: string }) =>
      action === 'acquire' ? { admitted: true, token } : { outcome: 'success' }
    const { status, asked } = await fulfil({ circuit: [records.due], gate })
    expect(status).toBe('SUCCEEDED')
    expect(asked).toEqual([
      { action: 'acquire', circuit: 'payments', timeoutMs: 30_000 },
      { action: 'record', circuit: 'payments', token, outcome: { ok: true } },
    ])
  })
})

it('asks the circuit that it is told', async () => {
  const requests: unknown[] = []
  const read = (request: unknown) => {
    requests.push(request)
    return {}
  }
  await fulfil({ circuit: [read] }, orderFulfilment({ ...options, circuit: 'cards' }))
  expect(requests).toMatchObject([
    { RequestItems: { circuits: { Keys: [{ circuit: { S: 'cards' } }, { circuit: { S: 'cards' } }] } } },
  ])
})

describe('refuses bad input, and names the field', () => {
  const many = Array.from({ length: 101 }, () => order.items[0])
  it.each([
    ['order', 'order-1'],
    ['order', {}],
    ['order', { order: [order] }],
    ['order.orderId', { order: { ...order, orderId: 7 } }],
    ['order.orderId', { order: { ...order, orderId: '' } }],
    ['order.items', { order: { ...order, items: order.items[0] } }],
    ['order.items', { order: { ...order, items: [] } }],
    ['order.items', { order: { ...order, items: many } }],
    ['order.items', { order: { ...order, items: [...order.items, null] } }],
    ['order.items', { order: { ...order, items: [{ sku: 'mug' }] } }],
    ['order.items', { order: { ...order, items: [{ sku: '', quantity: 1 }] } }],
    ['order.items', { order: { ...order, items: [{ sku: 'mug', quantity: 0.5 }] } }],
  ])('%s: %j', async (field, given) => {
    const { status, error, cause, states, worked } = await runWorkflow(definition, given)
    expect({ status, error, states, worked }).toEqual({
      status: 'FAILED',
      error: badInputError,
      states: ['Check order', 'Bad order'],
      worked: [],
    })
    expect(JSON.parse(cause!)).toEqual({
      field,
      message: expect.stringMatching(new RegExp(`^${field}: allowed is `)),
    })
  })
})

it.each([
  [{ fulfilment: '' }, /^fulfilment: got ""; allowed is the ARN of a function$/],
  [{ gate: undefined }, /^gate: /],
  [{ circuit: '' }, /^circuit: /],
  [{ maxWaits: -1 }, /^maxWaits: got -1; allowed is a whole number from 0 to 100$/],
  [{ maxWaits: 1.5 }, /^maxWaits: /],
  [{ waits: 3 }, /^option: got "waits"; allowed is table, gate, fulfilment, /],
])('refuses bad options: %j', (given, message) => {
  const make = () => orderFulfilment({ ...options, ...given } as OrderFulfilmentOptions)
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
})
