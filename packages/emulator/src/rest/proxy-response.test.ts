import { expect, test } from 'vitest'
import { readProxyResponse } from './proxy-response.ts'

function respond(value: unknown) {
  const response = readProxyResponse(JSON.stringify(value) ?? 'null')
  return response && { ...response, body: response.body.toString() }
}

test('readProxyResponse maps a whole answer', () => {
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

test('readProxyResponse says JSON when the function says nothing', () => {
  expect(respond({ statusCode: '204' })).toEqual({
    status: 204,
    headers: { 'Content-Type': 'application/json' },
    body: '',
  })
})

test('readProxyResponse decodes base64', () => {
  const response = readProxyResponse('{"statusCode":200,"body":"//4=","isBase64Encoded":true}')
  expect([...response!.body]).toEqual([0xff, 0xfe])
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
])('a malformed answer is not taken: %j', value => {
  expect(respond(value)).toBeUndefined()
})
