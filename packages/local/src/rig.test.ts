import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, expect, test } from 'vitest'
import { InitError } from './environment.ts'
import { close, listen, PortError } from './listen.ts'
import { type RigOptions, startRig } from './rig.ts'

const folder = mkdtempSync(join(tmpdir(), 'breakwater-rig-'))
afterAll(() => rmSync(folder, { recursive: true }))

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function start(source: string, options: RigOptions = {}) {
  const { pathname } = pathToFileURL(join(folder, 'handler.ts'))
  writeFileSync(pathname, source)
  const rig = await startRig({ entry: pathToFileURL(pathname), ...options })
  stops.push(rig.close)
  return rig
}

test('runs a function between the front, the provider and the table, and a close ends it all', async () => {
  const rig = await start(
    `import { pid } from 'node:process'
    export const handler = async event => {
      const { PAYMENT_URL, AWS_ENDPOINT_URL_DYNAMODB, CIRCUIT_TABLE, MINE } = process.env
      const charged = await fetch(PAYMENT_URL, { method: 'POST', body: event.body })
      return { statusCode: charged.status, body: [AWS_ENDPOINT_URL_DYNAMODB, CIRCUIT_TABLE, MINE].join() }
    }`,
    { env: () => ({ MINE: 'yes' }), warmEnvironments: 2 },
  )
  expect(rig.scheduler.environments.size).toBe(2)
  const response = await fetch(`${rig.front.url}/orders`, { method: 'POST', body: '{}' })
  expect([response.status, await response.text()]).toEqual([
    201,
    `${rig.table.endpoint},${rig.table.name},yes`,
  ])
  expect(rig.provider.received()).toBe(1)
  await rig.close()
  await rig.close()
  for (const url of [rig.front.url, rig.provider.url, rig.table.endpoint]) {
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  }
})

test('what was started is ended when the rest cannot be', async () => {
  const taken = createServer()
  stops.push(() => close(taken))
  const front = await listen(taken, 0, '--port')
  const spare = createServer()
  const provider = await listen(spare, 0, '--provider-port')
  await close(spare)
  const handler = 'export const handler = async () => ({ statusCode: 200 })'
  await expect(start(handler, { ports: { front, provider } })).rejects.toThrow(PortError)
  stops.push(() => close(spare))
  expect(await listen(spare, provider, '--provider-port')).toBe(provider)
})

test('a function that cannot start is told at once', async () => {
  await expect(start(`throw new Error('PAYMENT_URL: got nothing')`)).rejects.toThrow(
    new InitError('Error: PAYMENT_URL: got nothing'),
  )
})
