// One test for each defect found in a peer that concerns a middleware, under its name in docs.
import { isCircuitOpenError } from '@breakwater/circuit'
import { describe, expect, it, vi } from 'vitest'
import { circuitOf, contextOf, deferred, openCircuit, versions } from './chain.fixture.ts'
import { circuitBreaker } from './index.ts'

describe.each(versions)('not here, under $version:', ({ middy }) => {
  it('a middleware whose own rejection passes through its own onError extends the open time', async () => {
    const { circuit, clock, outcomes } = await openCircuit()
    const { retryAt, generation } = circuit.status()
    const handler = middy(async () => 'done').use(circuitBreaker({ circuit, clock }))
    while (clock.now() < retryAt!) {
      await expect(handler({}, contextOf())).rejects.toSatisfy(isCircuitOpenError)
      clock.freeze(100)
    }
    expect(outcomes()).toEqual([])
    expect(circuit.status()).toMatchObject({ state: 'OPEN', retryAt, generation })
    expect(await handler({}, contextOf())).toBe('done')
  })

  it('a fallback that returns undefined runs the handler all the same', async () => {
    const { circuit, clock } = await openCircuit()
    const handle = vi.fn(async () => {})
    const handler = middy(handle).use(circuitBreaker({ circuit, clock, fallback: () => undefined }))
    // What Lambda makes of undefined.
    expect(await handler({}, contextOf())).toBe(null)
    expect(handle).not.toHaveBeenCalled()
  })

  it("another middleware's error is replaced by the breaker's", async () => {
    const { circuit, clock } = await openCircuit()
    const error = new Error('unauthorised')
    const chain = () => middy(vi.fn(async () => {}))
    const breaker = () => circuitBreaker({ circuit, clock, fallback: () => 'fallback' })
    const before = { before: () => Promise.reject(error) }
    await expect(chain().use(before).use(breaker())({}, contextOf())).rejects.toBe(error)
    const rethrow = { onError: () => Promise.reject(error) }
    const bare = circuitBreaker({ circuit, clock })
    await expect(chain().use(rethrow).use(bare)({}, contextOf())).rejects.toBe(error)
  })

  it('a process killed by the Lambda timeout records nothing: hangs never trip the breaker', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 3 })
    const hang = deferred()
    const handler = middy(() => hang.promise).use(circuitBreaker({ circuit, clock }))
    const running = [1, 2, 3].map(() => handler({}, contextOf(3_000)))
    await clock.advance(3_000)
    expect(circuit.status().state).toBe('OPEN')
    hang.resolve('late')
    await Promise.all(running)
  })

  it('calls that started before an outage and finish late re-open a circuit that has recovered', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 1, probes: 1, recoveryMs: 0 })
    const late = deferred<Error>()
    const handler = middy(async (event: unknown) => {
      if (event === 'late') throw await late.promise
      if (event === 'bad') throw new Error('down')
      return 'done'
    }).use(circuitBreaker({ circuit, clock }))
    const running = handler('late', contextOf(600_000))
    await expect(handler('bad', contextOf())).rejects.toThrow('down')
    clock.freeze(60_000)
    expect(await handler('good', contextOf())).toBe('done')
    late.resolve(new Error('late'))
    await expect(running).rejects.toThrow('late')
    expect(circuit.status().state).toBe('CLOSED')
  })

  it('a listener that throws turns a success into a failure', async () => {
    const { circuit, clock } = circuitOf()
    circuit.on(() => {
      throw new Error('bad observer')
    })
    const handler = middy(async () => 'done').use(circuitBreaker({ circuit, clock }))
    expect(await handler({}, contextOf())).toBe('done')
  })

  it('a half-open probe that never settles wedges the breaker for ever', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 1, probes: 1, recoveryMs: 0, openMs: 1_000 })
    const handler = middy(async (event: unknown) => {
      if (event === 'hang') return new Promise(() => {})
      if (event === 'bad') throw new Error('down')
      return 'done'
    }).use(circuitBreaker({ circuit, clock }))
    await expect(handler('bad', contextOf())).rejects.toThrow('down')
    clock.freeze(10_000)
    // A killed environment never answers; here the promise is left alone. No context: nothing ends the handler.
    void handler('hang', {} as never)
    await clock.advance(0)
    clock.freeze(600_000)
    // The lost probe counted as failed and opened the circuit again, or its lease ended: either way it recovers.
    await handler('good', contextOf()).catch(() => {})
    clock.freeze(600_000)
    expect(await handler('good', contextOf())).toBe('done')
  })
})
