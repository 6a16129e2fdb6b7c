import { Circuit } from '@breakwater/circuit'
import { describe, expect, it } from 'vitest'
import { circuitBreaker, circuitBreakerValidateOptions } from './index.ts'

const circuit = new Circuit('payments')

describe('circuitBreakerValidateOptions', () => {
  it.each([
    [undefined, 'options: got undefined; allowed is an object'],
    [{}, 'circuit: got undefined; allowed is a Circuit or a function that returns one'],
    [{ circuit: 'payments' }, 'circuit: got "payments"; allowed is a Circuit or a function that returns one'],
    [{ circuit: {} }, 'circuit: got an object; allowed is a Circuit or a function that returns one'],
    [{ circuit, fallback: 'no' }, 'fallback: got "no"; allowed is a function'],
    [{ circuit, classify: [] }, 'classify: got an array; allowed is a function'],
    [{ circuit, marginMs: -1 }, 'marginMs: got -1; allowed is a number from 0 to 900000'],
    [{ circuit, marginMs: Number.NaN }, 'marginMs: got NaN; allowed is a number from 0 to 900000'],
    [{ circuit, marginMs: () => 5 }, 'marginMs: got a function; allowed is a number from 0 to 900000'],
    [{ circuit, clock: {} }, 'clock: got an object; allowed is a Clock'],
    [
      { circuit, marginMS: 5 },
      'option: got "marginMS"; allowed is circuit, fallback, classify, marginMs, clock; did you mean marginMs?',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => circuitBreakerValidateOptions(options)).toThrow(new TypeError(`circuitBreaker: ${message}`))
    expect(() => circuitBreaker(options as never)).toThrow(`circuitBreaker: ${message}`)
  })

  it('signs its errors as Middy does', () => {
    expect(() => circuitBreakerValidateOptions({})).toThrow(
      expect.objectContaining({ cause: { package: '@breakwater/middy' } }),
    )
  })

  it('accepts every documented option, undefined ones included', () => {
    circuitBreakerValidateOptions({ circuit: () => circuit, fallback: undefined, marginMs: 0 })
  })
})
