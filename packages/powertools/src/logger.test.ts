import { Logger } from '@aws-lambda-powertools/logger'
import { Circuit, type CircuitEvent } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  call,
  control,
  eviction,
  fallback,
  misconfiguration,
  rejection,
  storeFailure,
  storeRecovery,
  transition,
  unshared,
} from './events.fixture.ts'
import { circuitLogger } from './index.ts'

describe('circuitLogger', () => {
  const lines: Record<string, unknown>[] = []

  beforeEach(() => {
    lines.length = 0
    vi.stubEnv('POWERTOOLS_DEV', 'true')
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(JSON.parse(line)))
    }
  })

  afterEach(() => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })

  const logger = () => new Logger({ serviceName: 'orders', logLevel: 'DEBUG' })

  it.each<[string, string, CircuitEvent]>([
    ['WARN', 'Circuit "payments": CLOSED to OPEN (fleet, failure-rate)', transition()],
    [
      'INFO',
      'Circuit "payments": OPEN to HALF_OPEN (fleet, probing)',
      transition({ from: 'OPEN', to: 'HALF_OPEN', reason: 'probing' }),
    ],
    [
      'INFO',
      'Circuit "payments": HALF_OPEN to CLOSED (fleet, recovered)',
      transition({ from: 'HALF_OPEN', to: 'CLOSED', reason: 'recovered' }),
    ],
    [
      'WARN',
      'Circuit "payments": CLOSED to OPEN (environment, failure-rate)',
      transition({ scope: 'environment' }),
    ],
    [
      'DEBUG',
      'Circuit "payments": CLOSED to OPEN (fleet, failure-rate)',
      transition({ origin: 'elsewhere' }),
    ],
    [
      'ERROR',
      'Circuit "payments": the store failed (misconfigured), this environment goes on alone: no table "circuits"',
      storeFailure('misconfigured'),
    ],
    [
      'WARN',
      'Circuit "payments": the store failed (throttled), this environment goes on alone: no table "circuits"',
      storeFailure('throttled'),
    ],
    ['ERROR', 'Circuit "payments": misconfigured: CIRCUIT_OPTIONS: got "{"', misconfiguration],
    ['INFO', 'Circuit "payments": the store answers again', storeRecovery],
    ['WARN', 'Circuit "payments": FORCED_OPEN by ana: provider migrates', control(true)],
    ['INFO', 'Circuit "payments": the override has ended', control(false)],
    [
      'WARN',
      'Circuit "payments": dropped from memory while OPEN (environment): more keys are in use than maxCircuits',
      eviction('environment'),
    ],
    [
      'DEBUG',
      'Circuit "payments": dropped from memory while OPEN (fleet): more keys are in use than maxCircuits',
      eviction('fleet'),
    ],
    ['WARN', 'Circuit "payments": not shared, nor kept: more new keys come than maxNewPerSecond', unshared],
  ])('%s %s', (level, message, event) => {
    circuitLogger(logger())(event)
    expect(lines).toEqual([
      expect.objectContaining({
        level,
        message,
        service: 'orders',
        breakwater: JSON.parse(JSON.stringify(event)),
      }),
    ])
  })

  it('writes no line a call', () => {
    const listener = circuitLogger(logger())
    for (const event of [call(), rejection(), fallback()]) listener(event)
    expect(lines).toEqual([])
  })

  it('listens to a real circuit', async () => {
    const circuit = new Circuit('payments', { consecutiveFailures: 1, clock: new VirtualClock() })
    circuit.on(circuitLogger(logger()))
    await expect(circuit.run(() => Promise.reject(new Error('down')))).rejects.toThrow('down')
    expect(lines).toMatchObject([
      { level: 'WARN', message: 'Circuit "payments": CLOSED to OPEN (environment, consecutive-failures)' },
    ])
  })

  it('never throws', () => {
    const log = () => {
      throw new Error('full')
    }
    const broken = circuitLogger({ debug: log, info: log, warn: log, error: log })
    expect(broken(transition())).toBe(undefined)
  })
})

it('a name put a new line into the log, for loggers that write text', () => {
  const written: string[] = []
  const write = (line: string) => written.push(line)
  const listener = circuitLogger({ debug: write, info: write, warn: write, error: write })
  listener({ ...transition(), circuit: 'tenant\n2026-01-01 ERROR forged\u001b[2J\u202e' })
  expect(written).toHaveLength(1)
  expect(written[0]).not.toMatch(/\p{Control}|\u202e/u)
  expect(written[0]).toContain('tenant\\u000a2026')
})

it('texts of an event put control characters into the log that JSON does not escape', () => {
  const written: unknown[] = []
  const write = (_: string, extra: unknown) => written.push(extra)
  const listener = circuitLogger({ debug: write, info: write, warn: write, error: write })
  const circuit = 'tenant\u009b2J\u202e\u007f'
  listener({ ...transition(), circuit })
  listener({
    type: 'control',
    at: 1,
    circuit,
    control: { mode: 'FORCED_OPEN', by: circuit, reason: circuit },
  } as never)
  expect(written).toHaveLength(2)
  expect(JSON.stringify(written)).not.toMatch(/[\p{Control}\u202e]/u)
  expect(written[0]).toEqual({ breakwater: { ...transition(), circuit: 'tenant\\u009b2J\\u202e\\u007f' } })
})
