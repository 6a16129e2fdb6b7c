import type { Context } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { startTable } from './dynalite.fixture.ts'
import type { GateAnswer } from './gate.ts'

const context = { functionName: 'gate', awsRequestId: 'request-1' } as Context

type Ask = (request: object) => Promise<GateAnswer>

let table: Awaited<ReturnType<typeof startTable>>
/** Two environments of the function on one table: each has loaded its modules anew. */
let here: Ask
let there: Ask
const lines: Record<string, unknown>[] = []

const start = async (): Promise<Ask> => {
  vi.resetModules()
  const { handler } = await import('./handler.ts')
  return request => handler(request, context)
}

beforeAll(async () => {
  table = await startTable()
  const variables = {
    ...table.variables,
    CIRCUIT_OPTIONS:
      '{"circuits":{"payments":{"probes":1,"recoveryMs":0,"storeWaitMs":20000},"stock":{"consecutiveFailures":3}}}',
    IGNORED_ERRORS: 'OutOfStock',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    POWERTOOLS_DEV: 'true',
    POWERTOOLS_METRICS_DISABLED: 'false',
    POWERTOOLS_LOG_LEVEL: 'DEBUG',
  }
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  for (const level of ['log', 'debug', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(JSON.parse(line)))
  }
  ;[here, there] = [await start(), await start()]
})
beforeEach(() => void lines.splice(0))
afterAll(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await table.stop()
})

const circuit = 'payments'

it('a permit of one environment is settled in another, and the circuit closes for all', async () => {
  await table.open(circuit)
  const permission = await here({ action: 'acquire', circuit, timeoutMs: 2_000 })
  expect(permission).toMatchObject({ admitted: true, token: { generation: 2, lease: expect.any(String) } })
  expect(await table.stateOf(circuit)).toBe('HALF_OPEN')
  const refused = { admitted: false, reason: 'half-open', retryAfterMs: expect.any(Number) }
  expect(await there({ action: 'acquire', circuit })).toEqual(refused)
  const { token } = permission as { token: object }
  expect(await there({ action: 'record', circuit, token, outcome: { ok: true } })).toEqual({
    outcome: 'success',
  })
  expect(await table.stateOf(circuit)).toBe('CLOSED')
  expect(await here({ action: 'acquire', circuit })).toMatchObject({
    admitted: true,
    token: { generation: 3 },
  })
  for (const name of ['PermitGranted', 'PermitRefused', 'OutcomeRecorded', 'CircuitClosed', 'ColdStart'])
    expect(lines).toContainEqual(expect.objectContaining({ [name]: 1, service: 'circuit-gate' }))
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: 'INFO',
      message: 'Circuit "payments": HALF_OPEN to CLOSED (fleet, recovered)',
    }),
  )
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'DEBUG', message: 'OutcomeRecorded', function_request_id: 'request-1' }),
  )
})

it('the gate ignores the errors of IGNORED_ERRORS', async () => {
  const token = { generation: 0, startedAt: Date.now() }
  const outcome = { ok: false, error: 'OutOfStock', cause: '{"errorType":"OutOfStock"}' }
  expect(await here({ action: 'record', circuit: 'stock', token, outcome })).toEqual({ outcome: 'ignored' })
})

it.each([
  [{ action: 'open', circuit }, 'action: got "open"; allowed is acquire or record'],
  [{ action: 'acquire', circuit: 'payment' }, 'circuit: got "payment"; allowed is payments, stock'],
])('the gate refuses %j by a named error, and logs it', async (request, message) => {
  await expect(here(request)).rejects.toMatchObject({ name: 'Breakwater.BadRequest', message })
  expect(lines).toContainEqual(expect.objectContaining({ level: 'ERROR', message }))
  expect(lines).toContainEqual(expect.objectContaining({ BadRequest: 1 }))
})

it('without its table it prevents no call, and logs that', async () => {
  await table.stop()
  const permission = await here({ action: 'acquire', circuit })
  expect(permission).toEqual({ admitted: true, token: { generation: -1, startedAt: expect.any(Number) } })
  const { token } = permission as { token: object }
  const outcome = { ok: false, error: 'States.Timeout' }
  expect(await there({ action: 'record', circuit, token, outcome })).toEqual({ outcome: 'failure' })
  expect(lines).toContainEqual(expect.objectContaining({ PermitGrantedUnverified: 1 }))
  expect(lines).toContainEqual(expect.objectContaining({ StoreFailure: 1 }))
})
