import { isCircuitOpenError } from '@breakwater/circuit'
import { settle } from '@breakwater/circuit/testing'
import { describe, expect, it, vi } from 'vitest'
import { circuitOf, contextOf, deferred, openCircuit, versions } from './chain.fixture.ts'
import { rest } from './events.fixture.ts'
import { circuitBreaker } from './index.ts'

const ok = { statusCode: 200, headers: {} as Record<string, string>, body: '' }

describe.each(versions)('circuitBreaker under $version', ({ middy }) => {
  it('counts a result as success and passes it on', async () => {
    const { circuit, clock, outcomes } = circuitOf()
    const handler = middy(async () => ({ statusCode: 201 })).use(circuitBreaker({ circuit, clock }))
    expect(await handler({}, contextOf())).toEqual({ statusCode: 201 })
    expect(outcomes()).toEqual(['success'])
    expect(clock.pending).toBe(0)
  })

  it('counts an error as failure and passes the very same error on', async () => {
    const { circuit, clock, outcomes } = circuitOf()
    const error = new Error('connection reset')
    const handler = middy(async () => Promise.reject(error)).use(circuitBreaker({ circuit, clock }))
    await expect(handler({}, contextOf())).rejects.toBe(error)
    expect(outcomes()).toEqual(['failure'])
    expect(circuit.status().state).toBe('OPEN')
    expect(clock.pending).toBe(0)
  })

  it.each([
    ['without a context that tells the time', {} as never],
    ['with a context that says no time is left', contextOf(0)],
  ])('works %s', async (_, context) => {
    const { circuit, clock, outcomes } = circuitOf()
    const handler = middy(async () => 'done', { timeoutEarlyInMillis: 0 }).use(
      circuitBreaker({ circuit, clock }),
    )
    expect(await handler({}, context)).toBe('done')
    expect(outcomes()).toEqual(['success'])
  })

  describe('an open circuit', () => {
    it('never says Retry-After: 0', async () => {
      const { circuit, clock } = await openCircuit()
      const { retryAt } = circuit.status()
      clock.freeze(retryAt! - clock.now() - 1)
      const handler = middy(async () => ok).use(circuitBreaker({ circuit, clock }))
      expect((await handler(rest, contextOf())).headers['Retry-After']).toBe('1')
    })

    it('throws CircuitOpenError to a direct invocation', async () => {
      const { circuit, clock } = await openCircuit()
      const handler = middy(vi.fn(async () => {})).use(circuitBreaker({ circuit, clock }))
      await expect(handler({ order: 1 }, contextOf())).rejects.toMatchObject({
        name: 'CircuitOpenError',
        circuit: 'payments',
        reason: 'consecutive-failures',
      })
    })

    it('lets the fallback answer, and passes it the reason', async () => {
      const { circuit, clock, outcomes } = await openCircuit()
      const handle = vi.fn(async () => {})
      const fallback = vi.fn(async () => ({ statusCode: 202 }))
      const handler = middy(handle).use(circuitBreaker({ circuit, fallback, clock }))
      expect(await handler(rest, contextOf())).toEqual({ statusCode: 202 })
      const error = expect.objectContaining({ name: 'CircuitOpenError' })
      expect(fallback).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ event: rest }), error, {
        circuit: 'payments',
        cause: 'rejected',
        error,
      })
      expect(handle).not.toHaveBeenCalled()
      expect(outcomes()).toEqual([])
    })

    it('passes on what the fallback throws', async () => {
      const { circuit, clock } = await openCircuit()
      const fallback = (_: unknown, error: unknown) => Promise.reject(error)
      const handler = middy(vi.fn(async () => {})).use(circuitBreaker({ circuit, fallback, clock }))
      await expect(handler(rest, contextOf())).rejects.toSatisfy(isCircuitOpenError)
    })
  })

  describe('a failure with a fallback', () => {
    it('is answered by it', async () => {
      const { circuit, clock, outcomes } = circuitOf()
      const error = new Error('connection reset')
      const fallback = vi.fn(() => 'pending')
      const handler = middy(async () => Promise.reject(error)).use(
        circuitBreaker({ circuit, fallback, clock }),
      )
      expect(await handler({}, contextOf())).toBe('pending')
      expect(fallback).toHaveBeenCalledExactlyOnceWith(expect.anything(), error, {
        circuit: 'payments',
        cause: 'failed',
        error,
      })
      expect(outcomes()).toEqual(['failure'])
    })

    it('is answered by a fallback that answers nothing, with what Lambda makes of nothing', async () => {
      const { circuit, clock } = circuitOf()
      const handler = middy(async () => Promise.reject(new Error('down'))).use(
        circuitBreaker({ circuit, fallback: () => undefined, clock }),
      )
      expect(await handler({}, contextOf())).toBe(null)
    })

    it('is answered by it when the result was the failure', async () => {
      const { circuit, clock } = circuitOf()
      const fallback = vi.fn(() => undefined)
      const handler = middy(async () => ({ statusCode: 502 })).use(
        circuitBreaker({ circuit, fallback, clock }),
      )
      expect(await handler({}, contextOf())).toBe(undefined)
      expect(fallback).toHaveBeenCalledExactlyOnceWith(
        expect.anything(),
        { statusCode: 502 },
        expect.anything(),
      )
    })

    it('leaves errors that are no failure alone', async () => {
      const { circuit, clock, outcomes } = circuitOf()
      const error = Object.assign(new Error('no such order'), { statusCode: 404 })
      const fallback = vi.fn()
      const handler = middy(async () => Promise.reject(error)).use(
        circuitBreaker({ circuit, fallback, clock }),
      )
      await expect(handler({}, contextOf())).rejects.toBe(error)
      expect(outcomes()).toEqual(['success'])
      expect(fallback).not.toHaveBeenCalled()
    })

    it('lets the onError of outer middlewares see the answer', async () => {
      const { circuit, clock } = circuitOf()
      const handler = middy(async () => Promise.reject(new Error('down')))
        .use({
          onError: request => {
            if (request.response) request.response = { ...request.response, cors: true }
          },
        })
        .use(circuitBreaker({ circuit, fallback: () => ({ statusCode: 202 }), clock }))
      expect(await handler({}, contextOf())).toEqual({ statusCode: 202, cors: true })
    })
  })

  describe('judges', () => {
    it.each([
      [{ statusCode: 500 }, 'failure'],
      [{ statusCode: 504 }, 'failure'],
      [{ statusCode: 429 }, 'failure'],
      [{ statusCode: 404 }, 'success'],
      [{ statusCode: 200 }, 'success'],
      [{ statusCode: 408 }, 'failure'],
      [{ statusCode: '503' }, 'failure'],
      [{ statusCode: '404' }, 'success'],
      [{ statusCode: 0 }, 'failure'],
      [{ statusCode: 'ACTIVE' }, 'success'],
      [{ statusCode: 503, headers: { get: 'x' } }, 'failure'],
      [{ messageVersion: '1.0', response: { actionGroup: 'orders', httpStatusCode: 503 } }, 'failure'],
      [{ messageVersion: '1.0', response: { actionGroup: 'orders', httpStatusCode: 404 } }, 'success'],
      [{ response: { function: 'order', functionResponse: { responseState: 'FAILURE' } } }, 'failure'],
      [{ response: { function: 'order', functionResponse: { responseState: 'REPROMPT' } } }, 'success'],
      [{ response: null }, 'success'],
      ['text', 'success'],
      [null, 'success'],
      [undefined, 'success'],
    ])('the result %j as %s', async (result, outcome) => {
      const { circuit, clock, outcomes } = circuitOf()
      const handler = middy(async () => result).use(circuitBreaker({ circuit, clock }))
      expect(await handler(rest, contextOf())).toEqual(result)
      expect(outcomes()).toEqual([outcome])
    })

    it.each([
      ['text', { headers: { 'Retry-After': '60' } }],
      ['a number', { headers: { 'RETRY-AFTER': 60 } }],
      ['one of several values', { multiValueHeaders: { 'Retry-After': ['60'] } }],
    ])('a Retry-After in the result, as %s, as the minimum open time', async (_, fields) => {
      const { circuit, clock } = circuitOf()
      const response = { statusCode: 429, ...fields }
      const handler = middy(async () => response).use(circuitBreaker({ circuit, clock }))
      await handler(rest, contextOf())
      expect(circuit.status().retryAt).toBeGreaterThanOrEqual(clock.now() + 60_000)
    })

    it('by `classify` first, which may leave it to the default', async () => {
      const { circuit, clock, outcomes } = circuitOf({ consecutiveFailures: 9 })
      const handler = middy(async (event: unknown) => event).use(
        circuitBreaker({
          circuit,
          clock,
          classify: ({ ok }, { event }) => {
            if (!ok || event === 'default') return undefined
            return event === 'mine' ? 'ignored' : { outcome: 'failure', retryAfterMs: 1_000 }
          },
        }),
      )
      await handler('default', contextOf())
      await handler('mine', contextOf())
      await handler('other', contextOf())
      expect(outcomes()).toEqual(['success', 'ignored', 'failure'])
    })

    it("by default when the circuit's classifier returns an invalid verdict", async () => {
      vi.spyOn(console, 'error').mockReturnValueOnce()
      const { circuit, clock, outcomes } = circuitOf({ classify: () => null as never })
      const handler = middy(async () => 'done').use(circuitBreaker({ circuit, clock }))
      expect(await handler({}, contextOf())).toBe('done')
      expect(outcomes()).toEqual(['success'])
    })

    it('by default when `classify` throws', async () => {
      const { circuit, clock, outcomes } = circuitOf()
      const classify = () => {
        throw new Error('bug')
      }
      const handler = middy(async () => 'done').use(circuitBreaker({ circuit, clock, classify }))
      expect(await handler({}, contextOf())).toBe('done')
      expect(outcomes()).toEqual(['success'])
    })
  })

  describe('the deadline', () => {
    it('records a hang the margin before the platform ends it', async () => {
      const { circuit, clock, outcomes } = circuitOf()
      const hang = deferred()
      const handler = middy(() => hang.promise).use(circuitBreaker({ circuit, clock, marginMs: 400 }))
      const running = handler({}, contextOf(3_000))
      await clock.advance(2_599)
      expect(outcomes()).toEqual([])
      await clock.advance(1)
      expect(outcomes()).toEqual(['failure'])
      expect(circuit.status().state).toBe('OPEN')
      hang.resolve('late')
      expect(await running).toBe('late')
      expect(outcomes()).toEqual(['failure'])
      expect(clock.pending).toBe(0)
    })

    it.each([
      ['a result', () => 'late', 'late'],
      ['an error that is no failure', () => Promise.reject({ statusCode: 404 }), { statusCode: 404 }],
    ])('passes on %s that came too late to count, fallback or not', async (_, end, expected) => {
      const { circuit, clock, outcomes } = circuitOf()
      const hang = deferred()
      const handler = middy(() => hang.promise.then(end)).use(
        circuitBreaker({ circuit, clock, fallback: () => 'fallback' }),
      )
      const running = handler({}, contextOf(3_000)).catch(error => error)
      await clock.advance(2_900)
      hang.resolve(undefined)
      expect(await running).toEqual(expected)
      expect(outcomes()).toEqual(['failure'])
    })

    it('takes half of a short time at most', async () => {
      const { circuit, clock, outcomes } = circuitOf()
      const hang = deferred()
      const handler = middy(() => hang.promise).use(circuitBreaker({ circuit, clock }))
      const running = handler({}, contextOf(600))
      await clock.advance(299)
      expect(outcomes()).toEqual([])
      await clock.advance(1)
      expect(outcomes()).toEqual(['failure'])
      hang.resolve('late')
      await running
    })

    it('counts a hang at the next call when the environment was killed or frozen before the timer ran', async () => {
      const { circuit, clock, outcomes } = circuitOf()
      const hang = deferred()
      const handler = middy(async (event: unknown) => (event === 'hang' ? hang.promise : 'done')).use(
        circuitBreaker({ circuit, clock }),
      )
      const running = handler('hang', contextOf(3_000))
      await settle()
      clock.freeze(5_000)
      await expect(handler('next', contextOf())).rejects.toSatisfy(isCircuitOpenError)
      expect(outcomes()).toEqual(['failure'])
      hang.resolve('late')
      await running
    })

    it("takes Middy's own TimeoutError for a failure that the fallback answers", async () => {
      const { circuit, clock, outcomes } = circuitOf()
      const handler = middy(() => new Promise(() => {})).use(
        circuitBreaker({ circuit, clock, fallback: (_, error) => (error as Error).name }),
      )
      // Middy ends the handler 5 ms before the deadline: here at once.
      expect(await handler({}, contextOf(5))).toBe('TimeoutError')
      expect(outcomes()).toEqual(['failure'])
      expect(clock.pending).toBe(0)
    })
  })

  describe('other middlewares', () => {
    it('that fail before it count nothing and are not replaced', async () => {
      const { circuit, clock, outcomes } = circuitOf()
      const error = new Error('no secret')
      const handler = middy(vi.fn(async () => {}))
        .use({ before: () => Promise.reject(error) })
        .use(circuitBreaker({ circuit, clock, fallback: () => 'fallback' }))
      await expect(handler({}, contextOf())).rejects.toBe(error)
      expect(outcomes()).toEqual([])
    })

    it('that fail after it count nothing more and are not replaced', async () => {
      const { circuit, clock, outcomes } = circuitOf()
      const error = new Error('cannot serialise')
      const handler = middy(async () => 'done')
        .use({ after: () => Promise.reject(error) })
        .use(circuitBreaker({ circuit, clock, fallback: () => 'fallback' }))
      await expect(handler({}, contextOf())).rejects.toBe(error)
      expect(outcomes()).toEqual(['success'])
    })

    it("of Middy's that fail inside of it are no failure of the dependency", async () => {
      const { circuit, clock, outcomes } = circuitOf()
      const error = new Error('invalid event', { cause: { package: '@middy/validator' } })
      const handler = middy(vi.fn(async () => {}))
        .use(circuitBreaker({ circuit, clock, fallback: () => 'fallback' }))
        .use({ before: () => Promise.reject(error) })
      await expect(handler({}, contextOf())).rejects.toBe(error)
      expect(outcomes()).toEqual(['ignored'])
    })

    it('that answered an error keep their answer', async () => {
      const { circuit, clock, outcomes } = circuitOf()
      const handler = middy(async () => Promise.reject(new Error('down')))
        .use(circuitBreaker({ circuit, clock, fallback: () => 'fallback' }))
        .use({
          onError: request => {
            request.response = 'theirs'
          },
        })
      expect(await handler({}, contextOf())).toBe('theirs')
      expect(outcomes()).toEqual(['failure'])
    })

    it('that answer early inside of it are not taken for a hang', async () => {
      const { circuit, clock, outcomes } = circuitOf()
      const handler = middy(async () => 'done')
        .use(circuitBreaker({ circuit, clock }))
        .use({ before: ({ event }) => (event === 'cached' ? 'cached' : undefined) })
      expect(await handler('cached', contextOf(3_000))).toBe('cached')
      clock.freeze(60_000)
      expect(await handler('new', contextOf(3_000))).toBe('done')
      expect(await handler('cached', contextOf(3_000))).toBe('cached')
      await clock.advance(60_000)
      expect(outcomes()).toEqual(['ignored', 'success', 'ignored'])
      expect(circuit.status().state).toBe('CLOSED')
      expect(clock.pending).toBe(0)
    })

    it('may be another circuit breaker', async () => {
      const outer = circuitOf(undefined, 'table')
      const inner = circuitOf(undefined, 'payments')
      const handler = middy(async () => 'done')
        .use(circuitBreaker({ circuit: outer.circuit, clock: outer.clock }))
        .use(circuitBreaker({ circuit: inner.circuit, clock: inner.clock }))
      expect(await handler({}, contextOf())).toBe('done')
      expect(outer.outcomes()).toEqual(['success'])
      expect(inner.outcomes()).toEqual(['success'])
    })

    it('find nothing of it among the values of request.internal', async () => {
      const { circuit, clock } = circuitOf()
      const keys: string[] = []
      const handler = middy(async () => 'done')
        .use({ after: request => void keys.push(...Object.keys(request.internal)) })
        .use(circuitBreaker({ circuit, clock }))
      await handler({}, contextOf())
      expect(keys).toEqual([])
    })
  })

  it('keeps invocations that run at the same time apart, even where they share `internal`', async () => {
    const { circuit, clock, outcomes } = circuitOf({ consecutiveFailures: 9 })
    const calls = [deferred<string>(), deferred<string>()]
    const internal = {}
    const handler = middy(
      (event: number) => calls[event]!.promise.then(fail => (fail ? Promise.reject(fail) : 'done')),
      {
        internal,
      },
    ).use(circuitBreaker({ circuit, clock }))
    const first = handler(0, contextOf())
    const second = handler(1, contextOf())
    await settle()
    calls[1]!.resolve('')
    expect(await second).toBe('done')
    calls[0]!.resolve('down')
    await expect(first).rejects.toBe('down')
    expect(outcomes()).toEqual(['success', 'failure'])
    expect(Reflect.ownKeys(internal)).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('names what the function returned that should find the circuit', async () => {
    const handler = middy(async () => 'done').use(
      circuitBreaker({ circuit: (async () => circuitOf().circuit) as never, fallback: () => 'fallback' }),
    )
    await expect(handler({}, contextOf())).rejects.toThrow(
      'circuitBreaker: circuit: got an object; allowed is a Circuit or a function that returns one',
    )
  })

  it('passes on what is wrong with the circuit itself, without asking the fallback', async () => {
    const { circuit, clock } = circuitOf()
    const error = new TypeError('no such tenant')
    const acquire = () => Promise.reject(error)
    const broken = { acquire, judge: circuit.judge.bind(circuit) }
    const handler = middy(async () => 'done').use(
      circuitBreaker({ circuit: broken, clock, fallback: () => 'fallback' }),
    )
    await expect(handler({}, contextOf())).rejects.toBe(error)
  })

  it('does not end the invocation while a hang is still being written', async () => {
    const { circuit, clock } = circuitOf()
    const written = deferred<void>()
    const permit = Object.assign(await circuit.acquire(), { fail: () => written.promise })
    const slow = { acquire: async () => permit, judge: circuit.judge.bind(circuit) }
    const hang = deferred()
    const handler = middy(() => hang.promise).use(circuitBreaker({ circuit: slow, clock }))
    let ended = false
    const running = handler({}, contextOf(3_000)).then(() => {
      ended = true
    })
    await clock.advance(2_500)
    hang.resolve('late')
    await settle()
    expect(ended).toBe(false)
    written.resolve()
    await running
  })

  it('guards each tenant by its own circuit', async () => {
    const bad = await openCircuit(0, 'bad')
    const good = circuitOf(undefined, 'good')
    const handler = middy(async () => 'done').use(
      circuitBreaker({
        circuit: (event: { tenant: string }) => (event.tenant === 'bad' ? bad : good).circuit,
        clock: good.clock,
      }),
    )
    expect(await handler({ tenant: 'good' }, contextOf())).toBe('done')
    await expect(handler({ tenant: 'bad' }, contextOf())).rejects.toMatchObject({ circuit: 'bad' })
  })

  it('counts the probe of a half-open circuit', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 1, probes: 1, openMs: 1_000, recoveryMs: 0 })
    const handler = middy(async (event: unknown) =>
      event === 'bad' ? Promise.reject(new Error()) : 'done',
    ).use(circuitBreaker({ circuit, clock }))
    await expect(handler('bad', contextOf())).rejects.toThrow()
    clock.freeze(10_000)
    expect(await handler('good', contextOf())).toBe('done')
    expect(circuit.status().state).toBe('CLOSED')
  })
})
