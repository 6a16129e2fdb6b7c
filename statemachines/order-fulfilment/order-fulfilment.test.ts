import { TaskError } from '@breakwater/asl'
import { badInputError, circuitOpenError, guardedStateNames } from '@breakwater/workflows'
import { describe, expect, it } from 'vitest'
import { clean, lint } from '../../packages/workflows/src/linters.fixture.ts'
import {
  executionStart,
  gateArn,
  overrides,
  type RunOptions,
  records,
  runWorkflow,
  workArn,
} from '../run-workflow.fixture.ts'
import { compensationError } from './compensation.ts'
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

/** A function that does every step, except those that a test replaces. */
const doesAllExcept =
  (replaced: Readonly<Record<string, (work: Work) => unknown>> = {}) =>
  (work: Work) =>
    replaced[work.step]?.(work) ?? { [work.step]: 'done' }

const fails = (name: string) => () => {
  throw new TaskError(name, `{"errorType":"${name}"}`)
}
const hangs = () => new Promise(() => {})

const fulfil = (options: RunOptions = {}, of = definition) =>
  runWorkflow(of, { order }, { work: doesAllExcept(), ...options })

/** The steps that the function was asked for. */
const stepsOf = (workRequests: readonly Work[]) =>
  workRequests.map(({ step, item }) => (item ? `${step} ${item.sku}` : step))

const charge = guardedStateNames('Charge payment')
const reserved = ['reserve mug', 'reserve pen']
const released = ['release pen', 'release mug']

it('order-fulfilment passes all three linters', async () => {
  expect(await lint(definition)).toEqual(clean)
})

describe('an order that goes through', () => {
  it('is reserved, charged, shipped and announced to the customer', async () => {
    const { status, output, workRequests, gateRequests } = await fulfil()
    expect({ status, output, gateRequests }).toEqual({
      status: 'SUCCEEDED',
      output: {
        status: 'FULFILLED',
        orderId: 'order-1',
        receipt: { charge: 'done' },
        shipment: { ship: 'done' },
        notified: true,
      },
      gateRequests: [],
    })
    expect(stepsOf(workRequests)).toEqual([...reserved, 'charge', 'ship', 'notify'])
  })

  it('enters two states more for the circuit, and calls no gate', async () => {
    const { states } = await fulfil({ circuit: [records.closed] })
    const chargeStates = states.filter(name => name.startsWith('Charge payment'))
    expect(chargeStates).toEqual([charge.check, charge.decide, charge.task])
  })

  it('gives each step the whole order and its own key, made of the name of the execution', async () => {
    const { workRequests } = await fulfil({ name: 'order-1' })
    expect(workRequests.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      'order-1:reserve:0',
      'order-1:reserve:1',
      'order-1:charge',
      'order-1:ship',
      'order-1:notify',
    ])
    for (const { order: given } of workRequests) expect(given).toEqual(order)
  })

  it('of a single item', async () => {
    const { output, workRequests } = await runWorkflow(
      definition,
      { order: { ...order, items: [order.items[0]] } },
      { work: doesAllExcept() },
    )
    expect(output).toMatchObject({ status: 'FULFILLED' })
    expect(stepsOf(workRequests)).toEqual(['reserve mug', 'charge', 'ship', 'notify'])
  })

  it('though the customer could not be notified', async () => {
    const { output, workRequests } = await fulfil({ work: doesAllExcept({ notify: fails('NoAddress') }) })
    expect(output).toMatchObject({ status: 'FULFILLED', notified: false })
    expect(stepsOf(workRequests)).not.toContain('unship')
  })

  it('though Lambda throttled every step once, under the same keys', async () => {
    const seen = new Set<string>()
    const work = (one: Work) => {
      if (seen.has(one.idempotencyKey)) return { [one.step]: 'done' }
      seen.add(one.idempotencyKey)
      throw new TaskError('Lambda.TooManyRequestsException', 'Rate exceeded')
    }
    const { status, workRequests } = await fulfil({ work })
    expect(status).toBe('SUCCEEDED')
    expect(workRequests).toHaveLength(10)
    expect(seen.size).toBe(5)
  })

  it('though a step took too long once', async () => {
    let tries = 0
    const { status } = await fulfil({
      work: doesAllExcept({ ship: () => (tries++ ? { id: 's' } : hangs()) }),
    })
    expect({ status, tries }).toEqual({ status: 'SUCCEEDED', tries: 2 })
  })
})

describe('an order that fails is compensated in reverse order', () => {
  const failed = async (options: RunOptions) => {
    const { status, error, cause, workRequests, gateRequests } = await fulfil(options)
    expect(status).toBe('FAILED')
    return { error, cause: JSON.parse(cause!), steps: stepsOf(workRequests), workRequests, gateRequests }
  }

  it('an item is not in stock: the others are tried, and all are released', async () => {
    const work = doesAllExcept({
      reserve: ({ item }) => (item?.sku === 'mug' ? fails('OutOfStock')() : 'done'),
    })
    const result = await failed({ work })
    expect(result).toMatchObject({
      error: 'OutOfStock',
      cause: {
        step: 'reserve',
        orderId: 'order-1',
        error: 'OutOfStock',
        cause: '{"errorType":"OutOfStock"}',
      },
      steps: [...reserved, ...released],
      gateRequests: [],
    })
    expect(result.workRequests.slice(2)).toMatchObject([
      { idempotencyKey: 'execution-1:release:1', undoes: 'execution-1:reserve:1' },
      { idempotencyKey: 'execution-1:release:0', undoes: 'execution-1:reserve:0' },
    ])
  })

  it('the payment is declined: nothing to refund', async () => {
    const { steps, error, gateRequests } = await failed({
      work: doesAllExcept({ charge: fails('PaymentDeclined') }),
    })
    expect({ steps, error }).toEqual({
      steps: [...reserved, 'charge', ...released],
      error: 'PaymentDeclined',
    })
    expect(gateRequests).toMatchObject([
      { action: 'record', outcome: { ok: false, error: 'PaymentDeclined' } },
    ])
  })

  it('the charge fails, and may have been made all the same: it is refunded', async () => {
    const { workRequests, ...result } = await failed({
      work: doesAllExcept({ charge: fails('ProviderDown') }),
    })
    expect(result).toMatchObject({
      steps: [...reserved, 'charge', 'refund', ...released],
      error: 'ProviderDown',
      cause: { step: 'charge' },
      gateRequests: [
        { action: 'record', circuit: 'payments', outcome: { ok: false, error: 'ProviderDown' } },
      ],
    })
    expect(workRequests[3]).toMatchObject({ step: 'refund', undoes: 'execution-1:charge' })
  })

  it('the charge takes too long', async () => {
    const { steps, error, cause } = await failed({ work: doesAllExcept({ charge: hangs }) })
    expect(steps).toEqual([...reserved, 'charge', 'refund', ...released])
    expect({ error, cause }).toMatchObject({ error: 'States.Timeout', cause: { step: 'charge' } })
  })

  it('it cannot be shipped: everything is undone, after the customer was notified', async () => {
    const { steps, error, cause } = await failed({ work: doesAllExcept({ ship: fails('NoCarrier') }) })
    expect(steps.toSpliced(3, 2)).toEqual([...reserved, 'charge', 'unship', 'refund', ...released])
    expect(steps.slice(3, 5).toSorted()).toEqual(['notify', 'ship'])
    expect({ error, cause }).toMatchObject({
      error: 'NoCarrier',
      cause: { step: 'ship', orderId: 'order-1' },
    })
  })

  it('a long cause is cut', async () => {
    const work = doesAllExcept({
      charge: () => {
        throw new TaskError('ProviderDown', 'x'.repeat(32_000))
      },
    })
    const { cause } = await failed({ work })
    expect(cause.cause).toBe('x'.repeat(4_000))
  })

  it('undoing is retried for minutes', async () => {
    const times: Record<string, number> = {}
    const failsSixTimes = ({ step, item }: Work) => {
      const key = step + (item?.sku ?? '')
      times[key] = (times[key] ?? 0) + 1
      if (times[key] < 7) throw new TaskError('NotNow', '')
      return 'done'
    }
    const work = doesAllExcept({
      ship: fails('NoCarrier'),
      unship: failsSixTimes,
      refund: failsSixTimes,
      release: failsSixTimes,
    })
    expect(await failed({ work })).toMatchObject({ error: 'NoCarrier' })
    expect(times).toEqual({ unship: 7, refund: 7, releasepen: 7, releasemug: 7 })
  })

  it('steps that cannot be undone are named, and all others are undone', async () => {
    const work = doesAllExcept({
      ship: fails('NoCarrier'),
      unship: fails('NotNow'),
      refund: hangs,
      release: ({ item }) => (item?.sku === 'pen' ? fails('NotNow')() : 'done'),
    })
    const { error, cause, steps } = await failed({ work })
    expect({ error, cause }).toMatchObject({
      error: compensationError,
      cause: {
        orderId: 'order-1',
        step: 'ship',
        error: 'NoCarrier',
        uncompensated: ['unship', 'refund', 'release:1'],
      },
    })
    expect(steps.at(-1)).toBe('release mug')
  })
})

describe('while the circuit is open', () => {
  const open = (retryAfterMs: number) => ({ ...records.open, retryAt: executionStart + retryAfterMs })

  it('waits as long as the circuit says, then charges', async () => {
    const { status, states, workRequests, startDate, stopDate } = await fulfil({
      circuit: [open(90_500), records.closed],
    })
    expect(status).toBe('SUCCEEDED')
    expect(Number(stopDate) - Number(startDate)).toBe(91_000)
    expect(stepsOf(workRequests)).toEqual([...reserved, 'charge', 'ship', 'notify'])
    const chargeStates = states.slice(states.indexOf(charge.check), states.indexOf('Ship and notify'))
    expect(chargeStates).toEqual([
      charge.check,
      charge.decide,
      'Wait again?',
      'Wait for payments',
      charge.check,
      charge.decide,
      charge.task,
    ])
  })

  it('waits at least a second, and longer each time, at random', async () => {
    const gate = () => ({ admitted: false, reason: 'half-open', retryAfterMs: 200 })
    const { states, startDate, stopDate, gateRequests, error } = await fulfil(
      { circuit: [records.due], gate },
      orderFulfilment({ ...options, maxWaits: 4 }),
    )
    expect(error).toBe(circuitOpenError)
    expect(states.filter(name => name === 'Wait for payments')).toHaveLength(4)
    expect(gateRequests).toHaveLength(5)
    // 1 + 2 + 4 + 8 seconds, and half as long again for all but the first.
    expect(Number(stopDate) - Number(startDate)).toBe(1_000 * (1 + 3 + 6 + 12))
  })

  it('gives up after maxWaits, releases the reservations, and says when to retry', async () => {
    const { error, cause, states, workRequests, gateRequests } = await fulfil(
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
    expect(stepsOf(workRequests)).toEqual([...reserved, ...released])
    expect(states.filter(name => name === 'Wait for payments')).toHaveLength(2)
    expect(gateRequests).toEqual([])
  })

  it('gives up at once where maxWaits is 0', async () => {
    const { error, states, startDate, stopDate } = await fulfil(
      { circuit: [records.open] },
      orderFulfilment({ ...options, maxWaits: 0 }),
    )
    expect(error).toBe(circuitOpenError)
    expect(states).not.toContain('Wait for payments')
    expect(Number(stopDate)).toBe(Number(startDate))
  })

  it('charges as a probe, and records the outcome', async () => {
    const token = { generation: 8, startedAt: 5, lease: 'a' }
    const gate = ({ action }: { action: string }) =>
      action === 'acquire' ? { admitted: true, token } : { outcome: 'success' }
    const { status, gateRequests } = await fulfil({ circuit: [records.due], gate })
    expect(status).toBe('SUCCEEDED')
    expect(gateRequests).toEqual([
      { action: 'acquire', circuit: 'payments', timeoutMs: 47_000 },
      { action: 'record', circuit: 'payments', token, outcome: { ok: true } },
    ])
  })
})

it('order-fulfilment reads the circuit of its options', async () => {
  const requests: unknown[] = []
  const read = (request: unknown) => {
    requests.push(request)
    return {}
  }
  await fulfil({ circuit: [read] }, orderFulfilment({ ...options, circuit: 'cards' }))
  expect(requests).toMatchObject([
    {
      RequestItems: {
        circuits: { Keys: [{ circuit: { S: 'circuit#cards' } }, { circuit: { S: 'control#cards' } }] },
      },
    },
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
    const { status, error, cause, states, workRequests } = await runWorkflow(definition, given)
    expect({ status, error, states, workRequests }).toEqual({
      status: 'FAILED',
      error: badInputError,
      states: ['Check order', 'Bad order'],
      workRequests: [],
    })
    expect(JSON.parse(cause!)).toEqual({
      field,
      message: expect.stringMatching(new RegExp(`^${field}: allowed is `)),
    })
  })
})

it.each([
  [{ fulfilment: '' }, /^orderFulfilment: fulfilment: got ""; allowed is the ARN of a function$/],
  [{ gate: undefined }, /^orderFulfilment: gate: /],
  [{ circuit: '' }, /^orderFulfilment: circuit: /],
  [{ maxWaits: -1 }, /^orderFulfilment: maxWaits: got -1; allowed is a whole number from 0 to 100$/],
  [{ maxWaits: 1.5 }, /^orderFulfilment: maxWaits: /],
  [{ waits: 3 }, /^orderFulfilment: option: got "waits"; allowed is table, gate, fulfilment, /],
])('order-fulfilment refuses bad options: %j', (given, message) => {
  const make = () => orderFulfilment({ ...options, ...given } as OrderFulfilmentOptions)
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
})
