import { settle, VirtualClock } from '@breakwater/circuit/testing'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { createEventBus, type EventBus, type EventBusOptions } from './bus.ts'

const opened = {
  source: 'breakwater',
  detailType: 'Circuit State Changed',
  detail: { circuit: 'payments', to: 'OPEN', counts: { failed: 3 } },
}
const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:pause'
const queueArn = 'arn:aws:sqs:eu-west-1:123456789012:dead'

let clock: VirtualClock
let bus: EventBus
beforeEach(() => {
  clock = new VirtualClock()
})
afterEach(async () => {
  await bus?.close()
  expect(clock.pending).toBe(0)
})

function start(rules: Record<string, unknown>, options: Partial<EventBusOptions> = {}): EventBus {
  bus = createEventBus({ name: 'default', rules, clock, random: () => 0, deliver: () => {}, ...options })
  return bus
}

const rule = (target: object = {}, more: object = {}) => ({
  EventPattern: { source: ['breakwater'] },
  Targets: [{ Id: 'one', Arn: arn, ...target }],
  ...more,
})

/** The inputs that reach a target, parsed. */
async function inputOf(target: object): Promise<unknown> {
  const inputs: string[] = []
  start({ R: rule(target) }, { deliver: (_, input) => void inputs.push(input) }).put(opened)
  await settle()
  return inputs[0]
}

test('an event goes to the targets of every rule it matches, once, whole', async () => {
  const deliver = vi.fn()
  start(
    {
      Opened: {
        EventPattern: { detail: { to: ['OPEN'] } },
        Targets: [
          { Id: '1', Arn: arn },
          { Id: '2', Arn: queueArn },
        ],
      },
      All: { EventPattern: '{"source":["breakwater"]}', Name: 'all', Targets: [{ Id: '1', Arn: 'arn:log' }] },
      Closed: { EventPattern: { detail: { to: ['CLOSED'] } }, Targets: [{ Id: '1', Arn: 'arn:never' }] },
      Off: rule({}, { State: 'DISABLED' }),
    },
    { deliver },
  )
  const event = bus.put(opened)
  await settle()
  expect(deliver.mock.calls.map(([to]) => to)).toEqual([arn, queueArn, 'arn:log'])
  expect(JSON.parse(deliver.mock.calls[0]![1])).toEqual({
    version: '0',
    id: event.id,
    'detail-type': 'Circuit State Changed',
    source: 'breakwater',
    account: '123456789012',
    time: '2027-01-15T08:00:00Z',
    region: 'eu-west-1',
    resources: [],
    detail: opened.detail,
  })
  expect(deliver.mock.calls[2]![2]).toMatchObject({
    rule: { name: 'all', arn: 'arn:aws:events:eu-west-1:123456789012:rule/all' },
    attempt: 1,
  })
})

test('a rule that the template disables matches nothing', async () => {
  const deliver = vi.fn()
  start({ Off: rule({}, { State: 'DISABLED' }), On: rule({}) }, { deliver })
  bus.put(opened)
  await settle()
  expect(deliver).toHaveBeenCalledTimes(1)
  expect(deliver.mock.calls[0]![2]).toMatchObject({ rule: { name: 'On' } })
})

describe('the input', () => {
  it('is a constant', async () => expect(await inputOf({ Input: '{"a":1}' })).toBe('{"a":1}'))

  it('is a part of the event', async () => {
    expect(await inputOf({ InputPath: '$.detail.counts' })).toBe('{"failed":3}')
    expect(await inputOf({ InputPath: "$['detail-type']" })).toBe('"Circuit State Changed"')
    expect(await inputOf({ InputPath: '$.detail.nowhere' })).toBe('null')
  })

  it('is what a template makes of it', async () => {
    const InputTransformer = {
      InputPathsMap: { circuit: '$.detail.circuit', counts: '$.detail.counts', none: '$.detail.none' },
      InputTemplate:
        '{"circuit": <circuit>, "text": "say \\"<circuit>\\" \\<now\\>: <counts>", "counts": <counts>, "none": <none>, "rule": "<aws.events.rule-name>"}',
    }
    const input = await inputOf({ InputTransformer })
    expect(JSON.parse(String(input))).toEqual({
      circuit: 'payments',
      text: 'say "payments" <now>: {"failed":3}',
      counts: { failed: 3 },
      none: '',
      rule: 'R',
    })
  })

  it('stays JSON whatever the event holds', async () => {
    const inputs: string[] = []
    const InputTransformer = {
      InputPathsMap: { x: '$.detail.x' },
      InputTemplate: '{"a": <x>, "b": "<x> and $& \\\\"}',
    }
    start({ R: rule({ InputTransformer }) }, { deliver: (_, input) => void inputs.push(input) })
    for (const x of ['quote " \\ \n <x> $1', { deep: '"' }, [1, '"'], 0, false, null]) {
      bus.put({ ...opened, detail: { x } })
    }
    await settle()
    expect(inputs.map(input => JSON.parse(input).a)).toEqual([
      'quote " \\ \n <x> $1',
      { deep: '"' },
      [1, '"'],
      0,
      false,
      '',
    ])
    expect(JSON.parse(inputs[0]!).b).toBe('quote " \\ \n <x> $1 and $& \\')
  })
})

describe('a delivery that fails', () => {
  it('is tried again, ever more slowly, until it succeeds', async () => {
    const attempts: number[] = []
    const deliver: EventBusOptions['deliver'] = (_, __, { attempt }) => {
      attempts.push(clock.now())
      if (attempt < 4) throw new Error('busy')
    }
    start({ R: rule() }, { deliver, random: () => 0.999_999 }).put(opened)
    await clock.advance(86_400_000)
    const waits = attempts.slice(1).map((at, index) => Math.round((at - attempts[index]!) / 1_000))
    expect(waits).toEqual([1, 2, 4])
  })

  it('ends in the dead-letter queue after its retries, with the event and the reason', async () => {
    const deadLetter = vi.fn()
    const target = {
      RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 600 },
      DeadLetterConfig: { Arn: queueArn },
    }
    const deliver = vi.fn(() => Promise.reject(Object.assign(new Error('no such queue'), { name: 'Gone' })))
    const event = start({ R: rule(target) }, { deliver, deadLetter }).put(opened)
    await clock.advance(3_600_000)
    expect(deliver).toHaveBeenCalledTimes(3)
    expect(deadLetter.mock.calls).toEqual([
      [
        queueArn,
        {
          body: JSON.stringify(event),
          attributes: {
            RULE_ARN: 'arn:aws:events:eu-west-1:123456789012:rule/R',
            TARGET_ARN: arn,
            ERROR_CODE: 'Gone',
            ERROR_MESSAGE: 'no such queue',
            RETRY_ATTEMPTS: '2',
            EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
          },
        },
      ],
    ])
  })

  it('is tried 185 times more by default, within a day', async () => {
    const deadLetter = vi.fn()
    const deliver = vi.fn(() => Promise.reject(new Error('busy')))
    const random = () => 0.999_999
    start({ R: rule({ DeadLetterConfig: { Arn: queueArn } }) }, { deliver, deadLetter, random }).put(opened)
    await clock.advance(86_400_000)
    expect(deliver).toHaveBeenCalledTimes(186)
    expect(deadLetter.mock.calls[0]![1].attributes.EXHAUSTED_RETRY_CONDITION).toBe('MaximumRetryAttempts')
  })

  it('ends when the event is too old', async () => {
    const deadLetter = vi.fn()
    const target = { RetryPolicy: { MaximumEventAgeInSeconds: 60 }, DeadLetterConfig: { Arn: queueArn } }
    start({ R: rule(target) }, { deliver: () => Promise.reject(null), deadLetter, random: () => 0.999 }).put(
      opened,
    )
    await clock.advance(60_000)
    expect(deadLetter).toHaveBeenCalledTimes(1)
    expect(deadLetter.mock.calls[0]![1].attributes).toMatchObject({
      EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds',
      ERROR_MESSAGE: 'null',
    })
  })

  it('is not tried again when the error says so, and is reported as dropped without a dead-letter queue', async () => {
    const dropped = vi.fn()
    const error = Object.assign(new Error('denied'), { retryable: false })
    const event = start({ R: rule() }, { deliver: () => Promise.reject(error), dropped }).put(opened)
    await settle()
    expect(dropped.mock.calls).toEqual([[{ event, targetArn: arn, reason: 'not-retryable', error }]])
  })

  it('is reported as dropped when the dead-letter queue fails too', async () => {
    const dropped = vi.fn(() => {
      throw new Error('listener')
    })
    const target = { RetryPolicy: { MaximumRetryAttempts: 0 }, DeadLetterConfig: { Arn: queueArn } }
    const deadLetter = () => Promise.reject(new Error('full'))
    start({ R: rule(target) }, { deliver: () => Promise.reject(new Error('busy')), deadLetter, dropped }).put(
      opened,
    )
    await settle()
    expect(dropped).toHaveBeenCalledWith(
      expect.objectContaining({ reason: 'retries', error: new Error('full') }),
    )
  })

  it('does not keep others from their delivery', async () => {
    const delivered: string[] = []
    const deliver: EventBusOptions['deliver'] = to => {
      if (to === arn) throw new Error('busy')
      delivered.push(to)
    }
    const Targets = [
      { Id: '1', Arn: arn },
      { Id: '2', Arn: 'arn:log' },
    ]
    start({ R: rule({}, { Targets }) }, { deliver, dropped: () => {} }).put(opened)
    await settle()
    expect(delivered).toEqual(['arn:log'])
  })
})

test('close waits for deliveries under way and reports waiting ones as dropped', async () => {
  const dropped = vi.fn()
  const slow = Promise.withResolvers<void>()
  const deliver: EventBusOptions['deliver'] = to =>
    to === arn ? slow.promise : Promise.reject(new Error('busy'))
  const Targets = [
    { Id: '1', Arn: arn },
    { Id: '2', Arn: 'arn:log' },
  ]
  start({ R: rule({}, { Targets }) }, { deliver, dropped }).put(opened)
  await settle()
  let closed = false
  const closing = bus.close().then(() => {
    closed = true
  })
  await settle()
  expect([closed, dropped.mock.calls.map(([{ targetArn, reason }]) => [targetArn, reason])]).toEqual([
    false,
    [['arn:log', 'closed']],
  ])
  slow.reject(new Error('too late'))
  await closing
  expect(dropped).toHaveBeenLastCalledWith(expect.objectContaining({ targetArn: arn, reason: 'closed' }))
  expect(() => bus.put(opened)).toThrow('The event bus default is closed')
})

describe('a schedule', () => {
  it('fires at its rate while its rule is enabled', async () => {
    const deliver = vi.fn()
    const Nightly = { ScheduleExpression: 'rate(5 minutes)', Targets: [{ Id: '1', Arn: arn }] }
    start({ Nightly, Never: { ...Nightly, State: 'DISABLED' } }, { deliver })
    await clock.advance(20 * 60_000)
    expect(deliver.mock.calls.map(([, input]) => JSON.parse(input).time)).toEqual([
      '2027-01-15T08:05:00Z',
      '2027-01-15T08:10:00Z',
      '2027-01-15T08:15:00Z',
      '2027-01-15T08:20:00Z',
    ])
    expect(JSON.parse(deliver.mock.calls[0]![1])).toMatchObject({
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      detail: {},
      resources: ['arn:aws:events:eu-west-1:123456789012:rule/Nightly'],
    })
  })

  it('may be longer than a timer can be, and is not made up for after a freeze', async () => {
    const deliver = vi.fn()
    start({ R: { ScheduleExpression: 'rate(30 days)', Targets: [{ Id: '1', Arn: arn }] } }, { deliver })
    await clock.advance(30 * 86_400_000 - 1)
    expect(deliver).toHaveBeenCalledTimes(0)
    clock.freeze(100 * 86_400_000)
    await clock.advance(1)
    expect(deliver).toHaveBeenCalledTimes(1)
  })
})

test.each<[object, string]>([
  [{ Targets: [] }, 'R.EventPattern: got undefined'],
  [{ EventPattern: '{oops' }, 'R.EventPattern: got "{oops"'],
  [{ EventPattern: { source: 'x' } }, 'R.EventPattern.source: got "x"'],
  [rule({}, { State: 'ON' }), 'R.State: got "ON"; allowed is ENABLED or DISABLED'],
  [rule({}, { EventBusName: 'other' }), 'R.EventBusName: got "other"; allowed is "default"'],
  [rule({}, { Color: 'red' }), 'R.Color: got "red"; allowed is nothing: supported are Name'],
  [rule({}, { Targets: 'x' }), 'R.Targets: got "x"'],
  [
    rule(
      {},
      {
        Targets: [
          { Id: 'a', Arn: arn },
          { Id: 'a', Arn: arn },
        ],
      },
    ),
    'R.Targets: got "a"',
  ],
  [rule({ Arn: undefined }), 'R.Targets[0].Arn: got undefined'],
  [rule({ EcsParameters: {} }), 'R.Targets[0].EcsParameters: got an object; allowed is nothing'],
  [rule({ Input: '{oops' }), 'R.Targets[0].Input: got "{oops"; allowed is JSON text'],
  [rule({ Input: '1', InputPath: '$' }), 'R.Targets[0]: got "Input and InputPath"'],
  [rule({ InputPath: '$..x' }), 'R.Targets[0].InputPath: got "$..x"'],
  [
    rule({ InputTransformer: { InputTemplate: '<x>' } }),
    'R.Targets[0].InputTransformer.InputTemplate: got "<x>"',
  ],
  [
    rule({ RetryPolicy: { MaximumRetryAttempts: 186 } }),
    'R.Targets[0].RetryPolicy.MaximumRetryAttempts: got 186',
  ],
  [rule({ RetryPolicy: { Backoff: 1 } }), 'R.Targets[0].RetryPolicy.Backoff: got 1'],
  [rule({ DeadLetterConfig: { Arn: 5 } }), 'R.Targets[0].DeadLetterConfig.Arn: got 5'],
  [{ ScheduleExpression: 'rate(1 week)' }, 'R.ScheduleExpression: got "rate(1 week)"'],
])('createEventBus refuses the rule %j', (R, message) => {
  expect(() => createEventBus({ name: 'default', rules: { R }, deliver: () => {} })).toThrow(TypeError)
  expect(() => createEventBus({ name: 'default', rules: { R }, deliver: () => {} })).toThrow(message)
})

test('a schedule belongs to the default bus, and a rule to the bus it names', () => {
  const R = { ScheduleExpression: 'rate(1 minute)', EventBusName: 'own' }
  const make = (rules: object) => createEventBus({ name: 'own', rules: { ...rules }, deliver: () => {} })
  expect(() => make({ R })).toThrow(
    'R.ScheduleExpression: got "rate(1 minute)"; allowed is nothing, except on the default bus',
  )
  const EventBusName = 'arn:aws:events:eu-west-1:123456789012:event-bus/own'
  expect(make({ R: rule({}, { EventBusName }) }).arn).toBe(EventBusName)
})
