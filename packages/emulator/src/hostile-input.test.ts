import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { deepTexts, hostile, hostileText, largeTexts, only } from '../../../test/hostile.ts'
import { runs, tier } from '../../../test/tier.ts'
import { pageOf } from './aws/pages.ts'
import { nestsTooDeep, parseJson } from './aws/parse-json.ts'
import { createEventBus, type EventBus } from './events/bus.ts'
import { type EventsEndpoint, startEventsEndpoint } from './events/endpoint.ts'
import { inputOf, readerOf } from './events/input.ts'
import { compilePattern } from './events/pattern.ts'
import { scheduleOf } from './events/schedule.ts'
import { wildcardOf } from './events/wildcard.ts'
import { createQueues, type Queues } from './queues/endpoint.ts'
import { parseJsonPath } from './rest/mapping/json-path.ts'
import { BodyError, readBody } from './rest/mapping/template.ts'
import { readProxyResponse } from './rest/proxy-response.ts'

const long = tier === 'long'
if (long) vi.setConfig({ testTimeout: 300_000 })
const numRuns = runs(30, 2_000)

const parsedOr = (text: string) => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const parsers: Record<string, (value: unknown) => void> = {
  'an event pattern': value => only([TypeError], () => compilePattern(value)),
  'an event against a pattern': value => {
    for (const pattern of [{ a: { a: [1] } }, { a: [{ exists: false }] }, { a: [{ wildcard: '*a*b*' }] }])
      expect(typeof compilePattern(pattern)(value)).toBe('boolean')
  },
  'a path of an input': value => only([TypeError], () => readerOf('InputPath', value)({ a: { a: 1 } })),
  'an input': value => only([TypeError], () => inputOf('Target', { Input: value })),
  'a transformer': value =>
    only([TypeError], () =>
      inputOf('Target', { InputTransformer: { InputPathsMap: { a: value }, InputTemplate: value } }),
    ),
  'a schedule': value => only([TypeError], () => scheduleOf('Rule', value)),
}
const textParsers: Record<string, (text: string) => void> = {
  JSON: text => only([SyntaxError], () => JSON.stringify(parseJson(text))),
  'a body of a template': text => only([BodyError], () => readBody(text)),
  'a JSONPath': text => only([TypeError], () => parseJsonPath(text)),
  'a wildcard': text => void wildcardOf(text)?.(text),
  'a cursor': text => void pageOf([{ id: 'a' }], 1, text, ({ id }) => id),
}

describe('a hostile value', () => {
  it.each(Object.entries(parsers))('throws no other error out of what reads %s', (_, parse) => {
    fc.assert(
      fc.property(hostile, value => parse(value)),
      { numRuns },
    )
    for (const text of [...deepTexts, ...largeTexts]) {
      parse(text)
      parse(parsedOr(text))
    }
  })

  it.each(Object.entries(textParsers))('throws no other error out of what reads %s', (_, parse) => {
    const text = fc.oneof(
      hostileText,
      hostile.map(value => JSON.stringify(value) ?? ''),
    )
    fc.assert(
      fc.property(text, given => parse(given)),
      { numRuns },
    )
    for (const given of [...deepTexts, ...largeTexts]) parse(given)
  })

  it('throws nothing out of what reads the answer of a function', () => {
    fc.assert(
      fc.property(hostile, value => {
        readProxyResponse(JSON.stringify(value) ?? 'null')
        readProxyResponse(JSON.stringify({ statusCode: 200, headers: value, multiValueHeaders: value }))
      }),
      { numRuns },
    )
    for (const text of deepTexts) readProxyResponse(text)
  })
})

describe('a hostile body', () => {
  let bus: EventBus
  let events: EventsEndpoint
  let queues: Queues
  beforeAll(async () => {
    const rules = { R: { EventPattern: { detail: { a: [1] } }, Targets: [{ Id: '1', Arn: 'arn:a' }] } }
    bus = createEventBus({ name: 'default', rules, deliver: () => {} })
    events = await startEventsEndpoint({ buses: [bus] })
    queues = await createQueues({ queues: { orders: {} } })
  })
  afterAll(async () => {
    await Promise.all([events.close(), queues.close()])
    await bus.close()
  })

  async function statusOf(url: string, target: string, body: string): Promise<number> {
    const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' }
    return (await fetch(url, { method: 'POST', headers, body })).status
  }
  const services = {
    events: (body: string) => statusOf(events.url, 'AWSEvents.PutEvents', body),
    queues: (body: string) => statusOf(queues.url, 'AmazonSQS.SendMessage', body),
  }

  it.each(Object.entries(services))('is refused by %s, and no fault of theirs', async (_, send) => {
    const entry = (detail: string) =>
      JSON.stringify({ Entries: [{ Source: 'shop', DetailType: 'Placed', Detail: detail }] })
    const message = (body: unknown) =>
      JSON.stringify({ QueueUrl: queues.urlOf('orders'), MessageBody: body, MessageAttributes: body })
    for (const text of deepTexts)
      for (const body of [text, entry(text), message(text)]) expect(await send(body)).toBeLessThan(500)
    for (const text of largeTexts) expect(await send(text)).toBeLessThan(500)
    const some = fc.sample(hostile, { numRuns: long ? 500 : 5, seed: 1 })
    for (const value of some) {
      const text = JSON.stringify(value) ?? ''
      for (const body of [text, entry(text), message(value), JSON.stringify({ Entries: value })])
        expect(await send(body)).toBeLessThan(500)
    }
  })
})

it('a value that contains itself nests too deeply', () => {
  const own: Record<string, unknown> = {}
  own.own = own
  expect(nestsTooDeep(own)).toBe(true)
  expect(nestsTooDeep(JSON.parse('['.repeat(1_000) + ']'.repeat(1_000)))).toBe(false)
  expect(nestsTooDeep(JSON.parse('['.repeat(1_002) + ']'.repeat(1_002)))).toBe(true)
})
