import { expect, test } from 'vitest'
import { errorOf, WorkflowError } from './errors.ts'
import { explanationOf } from './explain.ts'

const executionArn = 'arn:aws:states:eu-west-1:123456789012:execution:charge:order-1'
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`

test.each([
  ['an array', nested(10_000)],
  ['an error message', `{"errorMessage":${nested(10_000)}}`],
])('a cause of 10,000 levels, %s, threw a RangeError instead of the WorkflowError', (_, cause) => {
  const error = errorOf({ executionArn, status: 'FAILED', error: 'OutOfStock', cause })
  expect(error).toBeInstanceOf(WorkflowError)
  expect(error.message.length).toBeLessThan(400)
  // Loggers write it.
  expect(JSON.parse(JSON.stringify({ cause: error.cause })).cause).toBe(cause)
})

test('a cause of 10,000 levels threw a RangeError out of explain', () => {
  const cause = nested(10_000)
  const events = [
    {
      id: 1,
      previousEventId: 0,
      type: 'TaskStateEntered' as const,
      timestamp: new Date(1),
      stateEnteredEventDetails: { name: 'Charge' },
    },
    {
      id: 2,
      previousEventId: 1,
      type: 'TaskFailed' as const,
      timestamp: new Date(2),
      taskFailedEventDetails: { error: 'E', cause, resource: 'r', resourceType: 'lambda' },
    },
  ]
  const execution = { executionArn, status: 'FAILED' as const, error: 'E', cause }
  const explained = explanationOf({ ...execution, $metadata: {} } as never, events, 3)
  expect(explained.text.length).toBeLessThan(800)
  expect(explained.failure?.cause).toBe(cause)
  expect(explained.states[0]?.cause).toBe(cause)
  expect(() => JSON.stringify(explained)).not.toThrow()
})

test('a cause of 100 levels is parsed', () => {
  const failure = { executionArn, status: 'FAILED', error: 'E' } as const
  expect(errorOf({ ...failure, cause: nested(100) }).cause).toEqual(JSON.parse(nested(100)))
  expect(errorOf({ ...failure, cause: nested(102) }).cause).toBe(nested(102))
})

test('control characters of an error and its cause reached the message as they were', () => {
  const cause = JSON.stringify({ errorMessage: 'a\u001b[2J\u0000\u202eb' })
  const { message } = errorOf({ executionArn, status: 'FAILED', error: 'E\u001b]0;x\u0007', cause })
  expect(message).not.toMatch(/[\p{Control}\u202e]/u)
  const explained = explanationOf({ executionArn, status: 'FAILED', error: 'E\u001b', cause } as never, [], 3)
  expect(explained.text).not.toMatch(/[\p{Control}\u202e]/u)
})

test('a cause over several lines is one line', () => {
  const { message } = errorOf({ executionArn, status: 'FAILED', error: 'E', cause: '{\n  "status": 503\n}' })
  expect(message).toBe('Execution "order-1" failed: E: { "status": 503 }')
})
