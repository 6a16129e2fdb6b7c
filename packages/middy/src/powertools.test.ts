import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { Metrics } from '@aws-lambda-powertools/metrics'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { circuitOf, contextOf, openCircuit, versions } from './chain.fixture.ts'
import { rest } from './events.fixture.ts'
import { circuitBreaker } from './index.ts'

describe.each(versions)("Powertools' middlewares in the chain, under $version", ({ middy }) => {
  const published: Record<string, unknown>[] = []

  beforeEach(() => {
    published.length = 0
    vi.stubEnv('POWERTOOLS_DEV', 'true')
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false')
    vi.spyOn(console, 'log').mockImplementation((line: string) => void published.push(JSON.parse(line)))
    vi.spyOn(console, 'warn').mockImplementation(() => {})
  })

  afterEach(() => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })

  const wired = () => {
    const metrics = new Metrics({ namespace: 'shop', serviceName: 'orders' })
    const logger = new Logger({ serviceName: 'orders', logLevel: 'SILENT' })
    const count = { before: () => void metrics.addMetric('Requests', 'Count', 1) }
    const chain = middy(async (event: unknown) =>
      event === 'bad' ? Promise.reject(new Error('down')) : 'done',
    )
      .use(injectLambdaContext(logger, { resetKeys: true }))
      .use(logMetrics(metrics))
      .use(count)
      .before(() => logger.appendKeys({ order: 1 }))
    return { chain, metrics, logger }
  }

  it('flushes metrics and resets the logger when the circuit is open and the fallback answers', async () => {
    const { circuit, clock } = await openCircuit()
    const { chain, metrics, logger } = wired()
    const handler = chain.use(circuitBreaker({ circuit, clock, fallback: () => undefined }))
    expect(await handler({}, contextOf())).toBe(null)
    expect(published).toEqual([expect.objectContaining({ Requests: 1, service: 'orders' })])
    expect(metrics.hasStoredMetrics()).toBe(false)
    expect(logger.getPersistentLogAttributes()).toEqual({})
  })

  it('flushes metrics once when the circuit is open and 503 is answered', async () => {
    const { circuit, clock } = await openCircuit()
    const { chain } = wired()
    const handler = chain.use(circuitBreaker({ circuit, clock }))
    expect(await handler(rest, contextOf())).toMatchObject({ statusCode: 503 })
    expect(published).toHaveLength(1)
  })

  it('flushes metrics once when the handler fails and the fallback answers', async () => {
    const { circuit, clock } = circuitOf()
    const { chain, logger } = wired()
    const handler = chain.use(circuitBreaker({ circuit, clock, fallback: () => 'pending' }))
    expect(await handler('bad', contextOf())).toBe('pending')
    expect(published).toEqual([expect.objectContaining({ Requests: 1 })])
    expect(logger.getPersistentLogAttributes()).toEqual({})
  })

  it('flushes metrics once when the handler succeeds or fails without a fallback', async () => {
    const { circuit, clock } = circuitOf()
    const { chain } = wired()
    const handler = chain.use(circuitBreaker({ circuit, clock }))
    await handler('good', contextOf())
    await expect(handler('bad', contextOf())).rejects.toThrow('down')
    expect(published).toHaveLength(2)
  })

  it('flushes metrics when the fallback throws', async () => {
    const { circuit, clock } = await openCircuit()
    const { chain, logger } = wired()
    const fallback = () => Promise.reject(new Error('no stock'))
    const handler = chain.use(circuitBreaker({ circuit, clock, fallback }))
    await expect(handler({}, contextOf())).rejects.toThrow('no stock')
    expect(published).toHaveLength(1)
    expect(logger.getPersistentLogAttributes()).toEqual({})
  })

  it('leaves an idempotency record to the middleware that made it: `onError` deletes it', async () => {
    const { circuit, clock } = await openCircuit()
    const onError = vi.fn()
    const handler = middy(vi.fn(async () => {}))
      .use({ onError })
      .use(circuitBreaker({ circuit, clock }))
    expect(await handler(rest, contextOf())).toMatchObject({ statusCode: 503 })
    expect(onError).toHaveBeenCalledOnce()
  })
})
