import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Provider, startProvider } from './provider.ts'

let provider: Provider
beforeEach(async () => {
  // Every second charge is met by a fault whose rate is a half.
  let odd = false
  const random = () => {
    odd = !odd
    return odd ? 0.25 : 0.75
  }
  provider = await startProvider({ latencyMs: 1, random })
})
afterEach(() => provider.close())

const charge = (options: RequestInit = {}) =>
  fetch(`${provider.url}/charges`, { method: 'POST', body: '{}', ...options })
const put = (fault: unknown) =>
  fetch(`${provider.url}/faults`, {
    method: 'PUT',
    body: typeof fault === 'string' ? fault : JSON.stringify(fault),
  })

test('the provider charges while it is well', async () => {
  const response = await charge()
  expect(response.status).toBe(201)
  expect(await response.json()).toEqual({ id: expect.stringMatching(/^ch_/), status: 'charged' })
})

test('the provider counts what it received, whatever became of it', async () => {
  const times: number[] = []
  const off = provider.onCharge(at => times.push(at))
  await charge()
  await put({ mode: 'errors' })
  await charge()
  off()
  await charge()
  expect(provider.received()).toBe(3)
  expect(times).toHaveLength(2)
  expect(await (await fetch(`${provider.url}/faults`)).json()).toEqual({
    mode: 'errors',
    rate: 1,
    status: 503,
    received: 3,
  })
})

test('the provider fails', async () => {
  await put({ mode: 'errors', status: 500 })
  expect((await charge()).status).toBe(500)
})

test('the provider is slow', async () => {
  await put({ mode: 'latency', latencyMs: 60_000 })
  await expect(charge({ signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/)
  await put({ mode: 'latency', latencyMs: 0 })
  expect((await charge()).status).toBe(201)
})

test('the provider hangs, and lets go when it is closed', async () => {
  await put({ mode: 'hang' })
  const hanging = charge()
  const failed = expect(hanging).rejects.toThrow('fetch failed')
  await expect.poll(() => provider.received()).toBe(1)
  await provider.close()
  await failed
})

test('the provider resets connections', async () => {
  await put({ mode: 'reset' })
  await expect(charge()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
})

test('the provider throttles', async () => {
  await put({ mode: 'throttle', retryAfterSeconds: 7 })
  const response = await charge()
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
})

test('a rate befalls its share', async () => {
  await put({ mode: 'errors', rate: 0.5 })
  const statuses: number[] = []
  for (let i = 0; i < 4; i += 1) statuses.push((await charge()).status)
  expect(statuses).toEqual([503, 201, 503, 201])
})

test('the provider gets well again', async () => {
  await put({ mode: 'errors' })
  expect(await (await put({ mode: 'none' })).json()).toEqual({ mode: 'none' })
  expect((await charge()).status).toBe(201)
})

test('the provider refuses a fault that makes no sense, and keeps the one it has', async () => {
  await put({ mode: 'errors' })
  const response = await put('{"mode":"off"}')
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({
    message: '"mode" must be one of none, errors, latency, hang, reset, throttle; got "off"',
  })
  expect((await charge()).status).toBe(503)
})

test('the provider knows no other route, and takes no endless body', async () => {
  const response = await fetch(provider.url)
  expect(response.status).toBe(404)
  expect(await response.json()).toEqual({
    message: 'GET / is not here; try POST /charges, GET /faults or PUT /faults',
  })
  expect((await charge({ body: 'x'.repeat(70_000) })).status).toBe(413)
})

test('a port that is taken is named, and so is the option', async () => {
  await expect(startProvider({ port: provider.port })).rejects.toThrow(
    `--provider-port: 127.0.0.1:${provider.port} is already in use; give another port, or leave --provider-port out for a free one`,
  )
})
