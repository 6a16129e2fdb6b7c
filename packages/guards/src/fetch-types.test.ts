import { Circuit, Circuits, type FallbackContext, type Settled, type Verdict } from '@breakwater/circuit'
import * as undici from 'undici'
import { expectTypeOf, it } from 'vitest'
import { guardFetch } from './fetch.ts'
import { classifyFetch } from './fetch-classify.ts'
import type { FetchCall, FetchCallOptions, GuardedFetch, GuardFetchOptions } from './fetch-options.ts'

const circuits = new Circuits({ classify: classifyFetch })
const guarded = guardFetch(circuits)
const guardedUndici = guardFetch(circuits, { fetch: undici.fetch })

it('guardFetch stands in for the global fetch', () => {
  expectTypeOf(guarded).toExtend<typeof fetch>()
  expectTypeOf(guarded).toEqualTypeOf<GuardedFetch>()
  expectTypeOf(guardFetch(circuits, { key: ({ method }) => method })).toEqualTypeOf<GuardedFetch>()
  expectTypeOf(guardFetch(new Circuit('all'))).toEqualTypeOf<GuardedFetch>()
  const calls = () => [
    guarded('http://a.invalid'),
    guarded(new URL('http://a.invalid'), { method: 'POST', duplex: 'half' }),
    guarded(new Request('http://a.invalid'), { breakwater: { timeoutMs: 9, idempotent: true } }),
  ]
  expectTypeOf(calls).returns.toEqualTypeOf<Promise<Response>[]>()
})

it("guardFetch stands in for undici's", () => {
  expectTypeOf(guardedUndici).toExtend<typeof undici.fetch>()
  const call = () =>
    guardedUndici(new undici.Request('http://a.invalid'), {
      dispatcher: new undici.Agent(),
      breakwater: { fallback: () => new undici.Response() },
    })
  expectTypeOf(call).returns.resolves.toEqualTypeOf<undici.Response>()
})

it('guardFetch stands in for one that is guarded already, and for any other', () => {
  expectTypeOf(guardFetch(circuits, { fetch: guarded })).toExtend<typeof fetch>()
  const other = async (_: string, __?: { agent?: string }) => 7
  const call = () =>
    guardFetch(circuits, { fetch: other })('x', { agent: 'a', breakwater: { fallback: () => 8 } })
  expectTypeOf(call).returns.resolves.toEqualTypeOf<number>()
})

it('guardFetch has types for its options', () => {
  expectTypeOf<GuardFetchOptions['key']>().toEqualTypeOf<
    ((call: FetchCall) => string | undefined) | undefined
  >()
  expectTypeOf<NonNullable<FetchCallOptions['fallback']>>().toEqualTypeOf<
    (error: unknown, context: FallbackContext) => Response | PromiseLike<Response>
  >()
  expectTypeOf(classifyFetch).toEqualTypeOf<(settled: Settled) => Verdict>()
})

it('guardFetch refuses what does not fit', () => {
  const refused = () => [
    // @ts-expect-error: a circuit is no name
    guardFetch('payments'),
    // @ts-expect-error: there is no such option
    guardFetch(circuits, { timeoutMs: 9 }),
    // @ts-expect-error: there is no such option of a call
    guarded('http://a.invalid', { breakwater: { timeout: 9 } }),
    // @ts-expect-error: a fallback answers a response
    guarded('http://a.invalid', { breakwater: { fallback: () => 'cached' } }),
    // @ts-expect-error: there is no such field of init
    guarded('http://a.invalid', { verb: 'GET' }),
    // @ts-expect-error: the global fetch takes an URL
    guarded(7),
  ]
  expectTypeOf(refused).toBeFunction()
})
