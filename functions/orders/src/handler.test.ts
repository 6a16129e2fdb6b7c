import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { answers, startProvider } from './provider.fixture.ts'

const context = {
  functionName: 'orders',
  awsRequestId: 'request-1',
  getRemainingTimeInMillis: () => 10_000,
} as unknown as Context

/** The wired handler, with one open failure rule and without a table. */
let handler: (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>
let provider: Awaited<ReturnType<typeof startProvider>>
const lines: Record<string, unknown>[] = []

// What the circuit says of the missing table is no JSON.
const write = (line: string) => void lines.push(line.startsWith('{') ? JSON.parse(line) : { line })

beforeAll(async () => {
  provider = await startProvider()
  vi.stubEnv('PAYMENT_URL', provider.url.href)
  vi.stubEnv('CIRCUIT_TABLE', undefined)
  vi.stubEnv('CIRCUIT_OPTIONS', '{"consecutiveFailures":1}')
  vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'on-demand')
  vi.stubEnv('POWERTOOLS_DEV', 'true')
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false')
  for (const level of ['log', 'debug', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation(write)
  }
  ;({ handler } = await import('./handler.ts'))
})
afterAll(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await provider.close()
})
beforeEach(() => void lines.splice(0))
afterEach(() => vi.clearAllMocks())

const send = (httpMethod: string, path: string, body: unknown = null) =>
  handler(
    {
      httpMethod,
      path,
      body: body === null ? null : JSON.stringify(body),
      isBase64Encoded: false,
    } as APIGatewayProxyEvent,
    context,
  )

const order = (orderId: string) => ({ orderId, amount: 4200, currency: 'EUR' })

it('the handler answers, and writes a metric for each request under its service', async () => {
  expect(await send('POST', '/orders', order('order-1'))).toMatchObject({ statusCode: 201 })
  expect(lines).toContainEqual(expect.objectContaining({ OrderCharged: 1, service: 'orders' }))
  expect(lines).toContainEqual(expect.objectContaining({ ColdStart: 1 }))
})

it('the handler logs a pending order with its id, and the circuit with its metrics', async () => {
  provider.behaviour = answers(500)
  expect(await send('POST', '/orders', order('order-2'))).toMatchObject({ statusCode: 202 })
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: 'WARN',
      message: 'OrderPending',
      orderId: 'order-2',
      function_request_id: 'request-1',
    }),
  )
  expect(lines).toContainEqual(expect.objectContaining({ level: 'WARN', breakwater: expect.anything() }))
  expect(lines).toContainEqual(expect.objectContaining({ CallFailed: 1, circuit: 'payments' }))
  expect(lines).toContainEqual(expect.objectContaining({ OrderPending: 1 }))
})

it('the handler reports its health', async () => {
  const { statusCode, body } = await send('GET', '/health')
  expect(statusCode).toBe(200)
  expect(JSON.parse(body)).toEqual({ status: 'degraded' })
})
