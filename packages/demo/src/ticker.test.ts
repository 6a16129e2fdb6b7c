import type { Environment } from '@breakwater/emulator'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CallCounter } from './call-counts.ts'
import { FleetWatch } from './fleet-watch.ts'
import { Narrator } from './narrator.ts'
import { startTicker } from './ticker.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp() {
  const lines: string[] = []
  const counter = new CallCounter()
  const watch = new FleetWatch('payments')
  const environments = new Set(['env-1', 'env-2'].map(id => ({ id }) as Environment))
  let charges = 0
  const ticker = startTicker({
    demo: { scheduler: { environments } },
    watch,
    counter,
    narrator: new Narrator(line => lines.push(line), false),
    charges: () => charges,
  })
  const charge = () => {
    counter.send()
    charges += 1
    counter.answer(201, '{}')
  }
  return { lines, counter, watch, ticker, charge }
}

test('the ticker writes the counts of each second', () => {
  const { lines, counter, watch, ticker, charge } = setUp()
  ticker.phase('healthy')
  charge()
  charge()
  vi.advanceTimersByTime(1_000)
  ticker.phase('provider down')
  counter.send()
  counter.answer(202, '{"receipt":{"cause":"rejected"}}')
  const opened = {
    type: 'transition',
    circuit: 'payments',
    scope: 'fleet',
    origin: 'here',
    from: 'CLOSED',
  } as const
  watch.observe('env-1', {
    ...opened,
    to: 'OPEN',
    generation: 1,
    environment: 'x',
    at: 1,
    reason: 'failure-rate',
  })
  vi.advanceTimersByTime(1_000)
  expect(lines.slice(1).map(line => line.trim().split(/ {2,}/))).toEqual([
    ['1s', 'healthy', 'CLOSED', '2', '2', '0', '0', '0', '2', '2 of 2 know'],
    ['2s', 'provider down', 'OPEN', '1', '0', '1', '0', '1', '0', '1 of 2 know'],
  ])
  ticker.stop()
  vi.advanceTimersByTime(5_000)
  expect(lines).toHaveLength(3)
})

test('traffic is full after a whole second of the phase in which every call was charged', () => {
  const { counter, ticker, charge } = setUp()
  ticker.phase('full traffic')
  charge()
  vi.advanceTimersByTime(1_000)
  expect(ticker.full).toBe(false)
  counter.send()
  counter.answer(202, '{"receipt":{"cause":"rejected"}}')
  vi.advanceTimersByTime(1_000)
  expect(ticker.full).toBe(false)
  vi.advanceTimersByTime(1_000)
  expect(ticker.full).toBe(false)
  charge()
  vi.advanceTimersByTime(1_000)
  expect(ticker.full).toBe(true)
  ticker.phase('another')
  expect(ticker.full).toBe(false)
})
