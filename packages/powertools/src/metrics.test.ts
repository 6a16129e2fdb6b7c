import { Metrics } from '@aws-lambda-powertools/metrics'
import { Circuit, Circuits } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  call,
  control,
  eviction,
  fallback,
  misconfiguration,
  rejection,
  retried,
  start,
  storeFailure,
  transition,
  unshared,
} from './events.fixture.ts'
import { circuitMetrics } from './index.ts'

describe('circuitMetrics', () => {
  /** One line of embedded metric format. */
  interface Line {
    readonly [name: string]: unknown
    readonly _aws: { Timestamp: number; CloudWatchMetrics: { Namespace: string; Dimensions: string[][] }[] }
  }
  const lines: Line[] = []

  beforeEach(() => {
    lines.length = 0
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    vi.stubEnv('POWERTOOLS_DEV', 'true')
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false')
    vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(JSON.parse(line)))
  })

  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })

  const metrics = () => new Metrics({ namespace: 'shop', serviceName: 'orders' })

  /** What was written: name and value of each metric, by circuit. */
  const written = () =>
    lines.map(line => {
      const { _aws, service, circuit, ...values } = line
      return [circuit, values]
    })

  it("writes under the user's namespace and service, with the one dimension circuit", () => {
    circuitMetrics(metrics())(transition())
    expect(lines).toEqual([
      {
        _aws: {
          Timestamp: start,
          CloudWatchMetrics: [
            {
              Namespace: 'shop',
              Dimensions: [['service', 'circuit']],
              Metrics: [{ Name: 'CircuitOpened', Unit: 'Count' }],
            },
          ],
        },
        service: 'orders',
        circuit: 'payments',
        CircuitOpened: 1,
      },
    ])
  })

  it("leaves the user's own metrics and their dimensions alone", () => {
    const own = metrics()
    own.addMetric('Orders', 'Count', 1)
    circuitMetrics(own)(transition())
    lines.length = 0
    own.publishStoredMetrics()
    expect(lines[0]!._aws.CloudWatchMetrics[0]!.Dimensions).toEqual([['service']])
    expect(written()).toEqual([[undefined, { Orders: 1 }]])
  })

  it.each([
    [transition(), 'CircuitOpened'],
    [transition({ to: 'CLOSED', from: 'HALF_OPEN', reason: 'recovered' }), 'CircuitClosed'],
    [transition({ scope: 'environment' }), 'LocalCircuitOpened'],
    [transition({ scope: 'environment', to: 'CLOSED', from: 'HALF_OPEN' }), 'LocalCircuitClosed'],
    [storeFailure('throttled'), 'StoreFailure'],
    [storeFailure('misconfigured'), 'StoreMisconfigured'],
    [storeFailure('unknown-schema'), 'StoreMisconfigured'],
    [misconfiguration, 'CircuitMisconfigured'],
    [unshared, 'CircuitUnshared'],
    [call(), 'CallFailed'],
    [rejection(), 'CallRejected'],
    [rejection({ observed: true }), 'CallWouldBeRejected'],
    [retried, 'CallRetried'],
    [fallback(), 'FallbackUsed'],
    [eviction('environment'), 'CircuitEvicted'],
    [eviction('fleet'), 'CircuitEvicted'],
  ])('counts %j as %s, the first one at once', (event, name) => {
    circuitMetrics(metrics())(event)
    expect(written()).toEqual([['payments', { [name]: 1 }]])
  })

  it.each([
    transition({ origin: 'elsewhere' }),
    transition({ to: 'HALF_OPEN', reason: 'probing' }),
    call({ outcome: 'success' }),
    call({ outcome: 'ignored' }),
    control(true),
  ])('does not count %j', event => {
    circuitMetrics(metrics())(event)
    expect(written()).toEqual([])
  })

  it('adds up what is as frequent as calls, and writes it with the time it is of', () => {
    const listener = circuitMetrics(metrics())
    listener(call())
    lines.length = 0
    for (let at = 1; at < 10_000; at++) listener(rejection({ at: start + at }))
    expect(lines).toEqual([])
    listener(rejection({ at: start + 10_000 }))
    expect(written()).toEqual([['payments', { CallRejected: 10_000 }]])
    expect(lines[0]!._aws.Timestamp).toBe(start + 10_000)
  })

  it('counts rejections by the gate of an environment a second time, by a name of their own', () => {
    const listener = circuitMetrics(metrics())
    listener(rejection({ scope: 'environment' }))
    expect(written()).toEqual([
      ['payments', { CallRejected: 1 }],
      ['payments', { LocalCallRejected: 1 }],
    ])
  })

  it('writes what was left over once calls succeed again', () => {
    const listener = circuitMetrics(metrics())
    listener(call())
    listener(call({ at: start + 5_000 }))
    lines.length = 0
    listener(call({ at: start + 60_000, outcome: 'success' }))
    expect(written()).toEqual([['payments', { CallFailed: 1 }]])
    expect(lines[0]!._aws.Timestamp).toBe(start + 5_000)
  })

  it('writes what was left over when asked to, once', () => {
    const listener = circuitMetrics(metrics())
    listener(call({ at: start + 1 }))
    listener(call({ at: start + 2 }))
    listener(rejection({ at: start + 3 }))
    lines.length = 0
    listener.flush()
    listener.flush()
    expect(written()).toEqual([
      ['payments', { CallFailed: 1 }],
      ['payments', { CallRejected: 1 }],
    ])
  })

  it('is not silenced by a clock that was set back', () => {
    const listener = circuitMetrics(metrics())
    listener(call())
    listener(call({ at: start - 100_000 }))
    expect(written()).toHaveLength(2)
  })

  it('keeps memory bounded with any number of circuits', () => {
    const listener = circuitMetrics(metrics(), { everyMs: 1_000_000 })
    for (let index = 0; index < 1_000; index++)
      listener(call({ circuit: `host:${index}`, at: start + index }))
    expect(lines.length).toBeGreaterThanOrEqual(900)
  })

  it('61 keys that callers made up were 61 values of the dimension: they are one', async () => {
    for (const [prefix, value] of [
      ['tenant', 'tenant:*'],
      [undefined, '*'],
    ]) {
      lines.length = 0
      const circuits = new Circuits({ consecutiveFailures: 1, ...(prefix !== undefined && { prefix }) })
      circuits.on(circuitMetrics(metrics(), { everyMs: 0 }))
      for (let key = 0; key < 61; key++) {
        await circuits
          .for(`${key}`)
          .run(() => Promise.reject(new Error('down')))
          .catch(() => {})
      }
      expect(new Set(lines.map(line => line.circuit))).toEqual(new Set([value]))
    }
  })

  it('gives keyed circuits the name that is asked for', () => {
    const listener = circuitMetrics(metrics(), { everyMs: 0, dimension: circuit => circuit.split(':')[0]! })
    listener(call({ circuit: 'tenant:1' }))
    listener(call({ circuit: 'tenant:2' }))
    expect(written()).toEqual([
      ['tenant', { CallFailed: 1 }],
      ['tenant', { CallFailed: 1 }],
    ])
  })

  it('listens to a real circuit', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('payments', { consecutiveFailures: 1, clock })
    circuit.on(circuitMetrics(metrics(), { everyMs: 0 }))
    const fail = () => Promise.reject(new Error('down'))
    await expect(circuit.run(fail)).rejects.toThrow('down')
    expect(await circuit.run(fail, { fallback: () => 'pending' })).toBe('pending')
    expect(written().map(([, values]) => Object.keys(values!)[0])).toEqual([
      'CallFailed',
      'LocalCircuitOpened',
      'CallRejected',
      'LocalCallRejected',
      'FallbackUsed',
    ])
  })

  it('never throws', () => {
    circuitMetrics({
      singleMetric: () => {
        throw new Error('full')
      },
    })(transition())
    const listener = circuitMetrics(metrics(), {
      dimension: () => {
        throw new Error('bad name')
      },
    })
    listener(transition())
    expect(lines).toEqual([])
  })
})
