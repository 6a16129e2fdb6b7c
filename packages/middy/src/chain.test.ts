// Rejections and failures in a chain with the middlewares that most HTTP handlers have.
import cors from '@middy/http-cors'
import errorHandler from '@middy/http-error-handler'
import { describe, expect, it, vi } from 'vitest'
import { circuitOf, contextOf, openCircuit, versions } from './chain.fixture.ts'
import { functionUrl, http2, rest } from './events.fixture.ts'
import { circuitBreaker } from './index.ts'

const origin = 'https://shop.example.com'
const corsHeaders = { 'Access-Control-Allow-Origin': origin, Vary: 'Origin' }
const events: [string, unknown][] = [
  ['a REST API', rest],
  ['an HTTP API', http2],
  ['a function URL', functionUrl],
]

describe.each(versions)('not here, in the order of the documentation, under $version:', ({ middy }) => {
  const logged = vi.fn()
  const chain = (handle: () => unknown) =>
    middy(async (_: unknown) => handle())
      .use(cors({ origins: [origin, 'https://admin.example.com'] }))
      .use(errorHandler({ logger: logged }))
  const unreached = vi.fn(() => ({ statusCode: 200, body: '' }))

  it.each(events)('CORS headers are missing on the rejection of %s', async (_, event) => {
    const { circuit, clock } = await openCircuit()
    const answer = await chain(unreached).use(circuitBreaker({ circuit, clock }))(event, contextOf())
    expect(answer).toMatchObject({ statusCode: 503, headers: { ...corsHeaders, 'Retry-After': '5' } })
    expect(unreached).not.toHaveBeenCalled()
  })

  it.each(events)('CORS headers are missing on the answer of a fallback to %s', async (_, event) => {
    const { circuit, clock } = await openCircuit()
    const fallback = async () => ({ statusCode: 202, body: 'pending' })
    const answer = await chain(unreached).use(circuitBreaker({ circuit, clock, fallback }))(
      event,
      contextOf(),
    )
    expect(answer).toMatchObject({ statusCode: 202, headers: corsHeaders, body: 'pending' })
  })

  it('CORS headers are missing on the rejection of an inner circuit', async () => {
    const { circuit, clock, outcomes } = circuitOf({ consecutiveFailures: 1 }, 'orders')
    const users = await openCircuit(0, 'users')
    const handler = chain(() => users.circuit.run(() => 'found')).use(circuitBreaker({ circuit, clock }))
    expect(await handler(rest, contextOf())).toMatchObject({
      statusCode: 503,
      headers: { ...corsHeaders, 'Retry-After': '5' },
    })
    expect(outcomes()).toEqual(['ignored'])
  })

  it('CORS headers are missing on a failure', async () => {
    const { circuit, clock, outcomes } = circuitOf()
    const handler = chain(() => Promise.reject(new Error('down'))).use(circuitBreaker({ circuit, clock }))
    expect(await handler(rest, contextOf())).toMatchObject({ statusCode: 500, headers: corsHeaders })
    expect(outcomes()).toEqual(['failure'])
  })

  it('a fallback that throws skips the other middlewares', async () => {
    const { circuit, clock } = await openCircuit()
    const fallback = () => Promise.reject(Object.assign(new Error('no stock'), { statusCode: 409 }))
    const handler = chain(unreached).use(circuitBreaker({ circuit, clock, fallback }))
    expect(await handler(rest, contextOf())).toMatchObject({
      statusCode: 409,
      headers: corsHeaders,
      body: 'no stock',
    })
  })

  it('a rejection is taken for an error of the handler, and logged', async () => {
    const { circuit, clock } = await openCircuit()
    logged.mockClear()
    await chain(unreached).use(circuitBreaker({ circuit, clock }))(rest, contextOf())
    expect(logged).not.toHaveBeenCalled()
  })

  it('a rejection in a handler without the middleware shows what is inside', async () => {
    const { circuit } = await openCircuit(0, 'ledger-db')
    const answer = await chain(() => circuit.run(() => 'charged'))(rest, contextOf())
    expect(answer).toMatchObject({
      statusCode: 503,
      headers: { ...corsHeaders, 'Retry-After': '5' },
      body: 'Temporarily unavailable; retry in 5 s',
    })
    expect(JSON.stringify(answer)).not.toMatch(/ledger|consecutive|environment/)
  })
})

describe.each(versions)('in another order, under $version,', ({ middy }) => {
  it('an error handler inside of the breaker answers the rejection, with CORS headers', async () => {
    const { circuit, clock } = await openCircuit()
    const handler = middy(async (_: unknown) => 'charged')
      .use(circuitBreaker({ circuit, clock }))
      .use(cors({ origin }))
      .use(errorHandler({ logger: false }))
    expect(await handler(rest, contextOf())).toMatchObject({
      statusCode: 503,
      headers: { 'Access-Control-Allow-Origin': origin, 'Retry-After': '5' },
    })
  })

  it('an outer breaker ignores the rejection of an inner one, and does so at once', async () => {
    const outer = circuitOf(undefined, 'orders')
    const inner = await openCircuit()
    const handler = middy(async (_: unknown) => 'charged')
      .use(circuitBreaker({ circuit: outer.circuit, clock: outer.clock }))
      .use(circuitBreaker({ circuit: inner.circuit, clock: inner.clock }))
    expect(await handler(rest, contextOf())).toMatchObject({ statusCode: 503 })
    expect(outer.outcomes()).toEqual(['ignored'])
    expect(outer.clock.pending).toBe(0)
  })
})
