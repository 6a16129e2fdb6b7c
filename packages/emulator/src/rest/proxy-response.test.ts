import { expect, test } from 'vitest'
import { toResponse } from './proxy-response.ts'

function respond(value: unknown) {
  const { status, headers, body } = toResponse({ kind: 'answered', value: JSON.stringify(value) ?? 'null' })
  return { status, headers, body: body.toString() }
}

const serverError = {
  status: 502,
  headers: { 'Content-Type': 'application/json', 'x-amzn-ErrorType': 'InternalServerErrorException' },
  body: '{"message":"Internal server error"}',
}

test('maps a whole answer', () => {
  const answer = {
    statusCode: 201,
    headers: { 'content-type': 'text/plain', 'X-One': 1, 'X-None': null },
    multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'], 'x-one': ['2'] },
    body: 'grüß Gott',
  }
  expect(respond(answer)).toEqual({
    status: 201,
    headers: { 'content-type': 'text/plain', 'x-one': ['2'], 'Set-Cookie': ['a=1', 'b=2'] },
    body: 'grüß Gott',
  })
})

test('says JSON when the function says nothing', () => {
  expect(respond({ statusCode: '204' })).toEqual({
    status: 204,
    headers: { 'Content-Type': 'application/json' },
    body: '',
  })
})

test('decodes base64', () => {
  const { body } = toResponse({
    kind: 'answered',
    value: '{"statusCode":200,"body":"//4=","isBase64Encoded":true}',
  })
  expect([...body]).toEqual([0xff, 0xfe])
})

test.each([
  undefined,
  null,
  'text',
  [],
  {},
  { statusCode: 'OK' },
  { statusCode: 99 },
  { statusCode: 200.5 },
  { statusCode: 200, body: { an: 'object' } },
  { statusCode: 200, headers: 'no' },
  { statusCode: 200, multiValueHeaders: [] },
])('a malformed answer is a 502: %j', value => {
  expect(respond(value)).toEqual(serverError)
})

test.each([
  [
    { kind: 'threw', error: { errorType: 'E', errorMessage: 'secret', trace: [] } },
    502,
    'Internal server error',
  ],
  [
    { kind: 'crashed', error: { errorType: 'E', errorMessage: 'secret', trace: [] } },
    502,
    'Internal server error',
  ],
  [{ kind: 'timed-out', afterMs: 3_000 }, 502, 'Internal server error'],
  [{ kind: 'expired' }, 504, 'Endpoint request timed out'],
  [{ kind: 'throttled' }, 429, 'Too Many Requests'],
] as const)('an invocation that %j is a %i', (outcome, status, message) => {
  const response = toResponse(outcome)
  expect(response.status).toBe(status)
  expect(JSON.parse(response.body.toString())).toEqual({ message })
})
