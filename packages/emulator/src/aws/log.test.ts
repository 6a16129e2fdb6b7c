import { afterEach, expect, test, vi } from 'vitest'
import { createEventBus } from '../events/bus.ts'
import { logOf } from './log.ts'

const controls = /[\p{Control}\u202e]/u
afterEach(() => vi.restoreAllMocks())

test('texts of clients put control characters into the log of a stack', () => {
  const lines: string[] = []
  logOf(line => lines.push(line))('GET /\u009b2J\u0000\u202e\r\nforged')
  expect(lines).toEqual(['GET /\\u009b2J\\u0000\\u202e\\u000d\\u000aforged'])
  expect(() => logOf(undefined)('a')).not.toThrow()
})

test('the type of a dropped event put control characters into the terminal', async () => {
  const written = vi.spyOn(console, 'error').mockImplementation(() => {})
  const target = { Id: 'one', Arn: 'arn:aws:lambda:eu-west-1:000000000000:function:one' }
  const bus = createEventBus({
    name: 'default',
    region: 'eu-west-1',
    account: '000000000000',
    rules: { Any: { EventPattern: { source: ['shop'] }, Targets: [target] } },
    deliver: () => {
      throw Object.assign(new Error('\u001b[2Jgone\nforged'), { retryable: false })
    },
  })
  bus.put({ source: 'shop', detailType: 'Placed\u001b]0;x\u0007\u202e', detail: {} })
  await bus.close()
  expect(written.mock.calls.length).toBe(1)
  expect(written.mock.calls.flat().join('')).not.toMatch(controls)
})
