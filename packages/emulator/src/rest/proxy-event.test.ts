import { expect, test } from 'vitest'
import { type IncomingRequest, toProxyEvent } from './proxy-event.ts'

const api = {
  resources: ['/orders', '/orders/{id}', '/{proxy+}'],
  stage: 'local',
  now: () => 1_428_582_896_000,
}

function map(request: Partial<IncomingRequest>) {
  const body = Buffer.alloc(0)
  return toProxyEvent(
    { method: 'GET', url: '/orders', rawHeaders: [], body, sourceIp: '127.0.0.1', ...request },
    api,
  )
}

test('toProxyEvent maps a whole request', () => {
  const event = map({
    method: 'POST',
    url: '/orders?a=1&b=x%20y&a=2',
    rawHeaders: [
      'Content-Type',
      'application/json',
      'X-Two',
      'first',
      'X-Two',
      'second',
      'user-agent',
      'test',
    ],
    body: Buffer.from('{"grüß":"Gott"}'),
  })
  expect(event).toMatchObject({
    resource: '/orders',
    path: '/orders',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Two': 'second', 'X-Forwarded-For': '127.0.0.1' },
    multiValueHeaders: { 'Content-Type': ['application/json'], 'X-Two': ['first', 'second'] },
    queryStringParameters: { a: '2', b: 'x y' },
    multiValueQueryStringParameters: { a: ['1', '2'], b: ['x y'] },
    pathParameters: null,
    stageVariables: null,
    body: '{"grüß":"Gott"}',
    isBase64Encoded: false,
    requestContext: {
      stage: 'local',
      resourcePath: '/orders',
      path: '/local/orders',
      httpMethod: 'POST',
      protocol: 'HTTP/1.1',
      requestTime: '09/Apr/2015:12:34:56 +0000',
      requestTimeEpoch: 1_428_582_896_000,
      identity: { sourceIp: '127.0.0.1', userAgent: 'test', user: null },
    },
  })
})

test('toProxyEvent says null where nothing was sent', () => {
  expect(map({})).toMatchObject({
    body: null,
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
  })
})

test('toProxyEvent finds path parameters', () => {
  expect(map({ url: '/orders/a%2Fb' })).toMatchObject({
    resource: '/orders/{id}',
    pathParameters: { id: 'a/b' },
  })
  expect(map({ url: '/x/y' })).toMatchObject({ resource: '/{proxy+}', pathParameters: { proxy: 'x/y' } })
  expect(map({ url: '/orders/%E0%A4%A' })).toMatchObject({ pathParameters: { id: '%E0%A4%A' } })
})

test('toProxyEvent knows no other path', () => {
  const request = {
    method: 'GET',
    url: '/ordersx',
    rawHeaders: [],
    body: Buffer.alloc(0),
    sourceIp: '127.0.0.1',
  }
  expect(toProxyEvent(request, { ...api, resources: ['/orders'] })).toBeUndefined()
})

test('toProxyEvent sends bytes that are no text as base64', () => {
  expect(map({ body: Buffer.from([0xff, 0xfe]) })).toMatchObject({ body: '//4=', isBase64Encoded: true })
})

test('toProxyEvent takes a name like __proto__ for a name like any other', () => {
  const sent = JSON.stringify(map({ url: '/orders?__proto__=x', rawHeaders: ['__proto__', 'y'] }))
  const event = JSON.parse(sent)
  expect(Object.hasOwn(event.queryStringParameters, '__proto__')).toBe(true)
  expect(Object.entries(event.headers)).toContainEqual(['__proto__', 'y'])
})

test('toProxyEvent gives each request an id of its own', () => {
  expect(map({})?.requestContext.requestId).not.toBe(map({})?.requestContext.requestId)
})
