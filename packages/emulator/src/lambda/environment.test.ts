import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Environment, InitError, type Outcome, startEnvironment } from './environment.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function start(source: string, options: object = {}): Promise<Environment> {
  const environment = await startEnvironment({ id: 'env-1', source, functionName: 'orders', ...options })
  stops.push(() => environment.stop())
  return environment
}

function value(outcome: Outcome): unknown {
  if (outcome.kind !== 'answered') throw new Error(JSON.stringify(outcome))
  return JSON.parse(outcome.value)
}

test('an environment answers with what the handler returns, and keeps the state of its modules', async () => {
  const environment = await start(
    'let calls = 0; export const handler = async event => ({ event, calls: ++calls })',
  )
  expect(value(await environment.invoke('{"a":1}'))).toEqual({ event: { a: 1 }, calls: 1 })
  expect(value(await environment.invoke('{"a":2}'))).toEqual({ event: { a: 2 }, calls: 2 })
})

test('every environment has modules of its own', async () => {
  const source = 'let calls = 0; export const handler = async () => ++calls'
  const [one, two] = [await start(source), await start(source)]
  await one.invoke('{}')
  expect(value(await one.invoke('{}'))).toBe(2)
  expect(value(await two.invoke('{}'))).toBe(1)
})

test('an environment has the context and the variables that Lambda gives', async () => {
  const environment = await start(
    `export const handler = async (event, context) => ({
      name: context.functionName, id: context.awsRequestId, left: context.getRemainingTimeInMillis(),
      arn: context.invokedFunctionArn, stream: context.logStreamName,
      env: [process.env.AWS_LAMBDA_FUNCTION_NAME, process.env.MINE, process.env.HOME], trace: process.env._X_AMZN_TRACE_ID })`,
    { timeoutMs: 60_000, env: { MINE: 'yes', AWS_REGION: 'eu-west-1' } },
  )
  const seen = value(await environment.invoke('{}')) as Record<string, unknown>
  expect(seen).toMatchObject({
    name: 'orders',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    arn: 'arn:aws:lambda:eu-west-1:123456789012:function:orders',
    stream: 'env-1',
    env: ['orders', 'yes', null],
    trace: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
  })
  expect(seen.left).toBeGreaterThan(30_000)
  expect(seen.left).toBeLessThanOrEqual(60_000)
})

test('an error is reported, and the environment lives on', async () => {
  const environment = await start(
    `export const handler = async event => { if (event.bad) throw new TypeError('no'); return 'fine' }`,
  )
  expect(await environment.invoke('{"bad":true}')).toMatchObject({
    kind: 'threw',
    error: { errorType: 'TypeError', errorMessage: 'no' },
  })
  expect(value(await environment.invoke('{}'))).toBe('fine')
})

test('an environment takes one invocation at a time', async () => {
  const environment = await start(
    'export const handler = () => new Promise(() => setInterval(() => {}, 1e6))',
  )
  const first = environment.invoke('{}')
  await expect(environment.invoke('{}')).rejects.toThrow('env-1 is busy')
  await environment.stop()
  expect(await first).toMatchObject({ kind: 'crashed' })
})

test.each([
  ['waits for ever', 'export const handler = () => new Promise(() => setInterval(() => {}, 1e6))'],
  ['never yields', 'export const handler = () => { for (;;); }'],
])('an environment is killed at the timeout when it %s', async (_what, source) => {
  const environment = await start(source, { timeoutMs: 100 })
  expect(await environment.invoke('{}')).toEqual({ kind: 'timed-out', afterMs: 100 })
  expect(environment.alive).toBe(false)
  expect(await environment.invoke('{}')).toMatchObject({ kind: 'crashed' })
})

test.each([
  ['exits', 'process.exit(7)', 'Runtime.ExitError'],
  [
    'leaves a rejection unhandled',
    `Promise.reject(new RangeError('lost')); await new Promise(() => setInterval(() => {}, 1e6))`,
    'RangeError',
  ],
  ['waits for what cannot come', 'await new Promise(() => {})', 'Runtime.ExitError'],
])('an environment that %s has crashed', async (_what, body, errorType) => {
  const environment = await start(`export const handler = async () => { ${body} }`)
  expect(await environment.invoke('{}')).toMatchObject({ kind: 'crashed', error: { errorType } })
  expect(environment.alive).toBe(false)
})

test.each([
  ['throws', `throw new SyntaxError('broken')`, 'SyntaxError: broken'],
  ['exports no handler', 'export const handle = 1', 'Runtime.HandlerNotFound: handler is not exported'],
  ['never ends', 'await new Promise(() => setInterval(() => {}, 1e6))', 'no init within 200 ms'],
])('an init that %s is reported', async (_what, source, message) => {
  // Only the init that never ends may run into the bound; a busy machine is no reason for the others to.
  const failed = start(source, message.includes('200 ms') ? { initTimeoutMs: 200 } : {})
  await expect(failed).rejects.toThrow(InitError)
  await expect(failed).rejects.toThrow(message)
})

test('an environment is frozen between two invocations: no timer runs, no request leaves', async () => {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(request.url ?? '')
    response.end('hello')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.push(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const environment = await start(
    `let ticks = 0, background
    export const handler = async ({ url }) => {
      const before = ticks
      if (background) return { before, text: await background }
      setInterval(() => { ticks += 1 }, 1)
      background = fetch(url + '/background').then(response => response.text())
    }`,
  )
  await environment.invoke(JSON.stringify({ url }))
  // Time enough for a request to leave, and for a timer to run, were they not frozen.
  for (let i = 0; i < 50; i += 1) await (await fetch(`${url}/other`)).text()
  expect(seen).not.toContain('/background')
  const { before, text } = value(await environment.invoke('{}')) as { before: number; text: string }
  // What fell due while it was frozen runs once, not as often as it would have.
  expect(before).toBeLessThanOrEqual(2)
  expect(text).toBe('hello')
})

test('an environment finds out that a connection was closed while it was frozen', async () => {
  const server = createServer((_request, response) => response.end('hello'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.push(() => server.close())
  const environment = await start(
    `export const handler = async url => (await fetch(url, { method: 'POST', body: 'x' })).text()`,
  )
  const url = JSON.stringify(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  for (let i = 0; i < 20; i += 1) {
    expect(value(await environment.invoke(url))).toBe('hello')
    server.closeAllConnections()
    // The end of the connection travels to the other side while that one cannot look.
    await new Promise(resolve => setImmediate(resolve))
  }
})

test('an environment passes on circuit events and what the function logs', async () => {
  const events: unknown[] = []
  const logs: string[] = []
  const environment = await start(
    `export const handler = async () => {
      for (const tell of globalThis[Symbol.for('breakwater.observers')]) tell({ type: 'fallback', circuit: 'payments', at: 1 })
      console.log('a line')
    }`,
    { onCircuitEvent: (event: unknown) => events.push(event), onLog: (text: string) => logs.push(text) },
  )
  expect(value(await environment.invoke('{}'))).toBe(null)
  expect(events).toEqual([{ type: 'fallback', circuit: 'payments', at: 1 }])
  await expect.poll(() => logs.join('')).toContain('a line')
})
