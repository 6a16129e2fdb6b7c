import { createServer, request } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type DynaliteServer, startDynalite } from '../dynamodb/dynalite-server.ts'
import { close, listen } from './http-server.ts'
import { refusalOf } from './local-only.ts'

let ran = 0
let port: number
const server = createServer((_, response) => {
  ran += 1
  response.end()
})
let table: DynaliteServer
beforeEach(async () => {
  ran = 0
  port = await listen(server, 0, '--port')
  table = await startDynalite(0, 'eu-west-1', async () => {})
})
afterEach(async () => {
  await close(server)
  await table.close()
})

function answerOf(to: number, headers: Record<string, string>, method = 'POST') {
  return new Promise<{ status: number; headers: object }>((resolve, reject) => {
    const sent = request({ port: to, host: '127.0.0.1', method, headers, agent: false }, response => {
      response.resume()
      resolve({ status: response.statusCode!, headers: response.headers })
    })
    sent.on('error', reject)
    sent.end(method === 'GET' ? undefined : '{}')
  })
}

const foreign: [string, Record<string, string>][] = [
  ['a host name that DNS points here', { host: 'rebound.example:80' }],
  ['another port', { host: '127.0.0.1:1' }],
  ['no port', { host: 'localhost' }],
  ['a name that begins alike', { host: '127.0.0.1.example' }],
  ['a page elsewhere', { origin: 'https://shop.example' }],
  ['a page without an origin', { origin: 'null' }],
  ['a page of another port here', { origin: 'http://localhost:1' }],
  ['an image of a page elsewhere', { 'sec-fetch-site': 'cross-site' }],
  ['an image of a page of another port here', { 'sec-fetch-site': 'same-site' }],
]

test.each(foreign)('a request by %s ran, and runs nothing now', async (_, headers) => {
  const plain = { ...headers, 'content-type': 'text/plain' }
  expect(await answerOf(port, plain)).toMatchObject({ status: 403 })
  expect(await answerOf(port, plain, 'GET')).toMatchObject({ status: 403 })
  expect(ran).toBe(0)
})

test.each(foreign)('the embedded table answered %s, with CORS headers', async (_, headers) => {
  const target = { 'content-type': 'application/json', 'x-amz-target': 'DynamoDB_20120810.PutItem' }
  const answer = await answerOf(table.port, { ...target, ...headers })
  expect(answer.status).toBe(403)
  expect(Object.keys(answer.headers).join()).not.toContain('access-control')
  const asked = { ...headers, 'access-control-request-method': 'POST' }
  expect((await answerOf(table.port, asked, 'OPTIONS')).status).toBe(403)
  expect(table.counts()).toEqual({ reads: 0, writes: 0 })
})

test('requests of this machine, and of a page that the server itself sent, are answered', async () => {
  expect((await answerOf(port, {})).status).toBe(200)
  expect((await answerOf(port, { host: `localhost:${port}` })).status).toBe(200)
  expect((await answerOf(port, { origin: `http://127.0.0.1:${port}` })).status).toBe(200)
  const own = { origin: `http://localhost:${table.port}`, 'sec-fetch-site': 'same-origin' }
  const answer = await answerOf(table.port, own, 'GET')
  expect(answer.status).toBe(200)
  expect(Object.keys(answer.headers).join()).not.toContain('access-control')
})

test('on port 80, which clients leave out, the bare name is its own', () => {
  expect(refusalOf({ host: 'localhost' }, 80)).toBeUndefined()
  expect(refusalOf({ host: 'localhost' }, 8_080)).toBeDefined()
  expect(refusalOf({}, 80)).toBeDefined()
})
