import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'

const PAYMENT_URL = 'https://payments.example.com/charges'

describe('readConfig', () => {
  it('needs only the address of the provider', () => {
    expect(readConfig({ PAYMENT_URL })).toEqual({
      paymentUrl: new URL(PAYMENT_URL),
      circuitTable: undefined,
      circuit: { timeoutMs: 3_000 },
    })
  })

  it('takes a table and options of the circuit', () => {
    const env = { PAYMENT_URL, CIRCUIT_TABLE: 'circuits', CIRCUIT_OPTIONS: '{"openMs":1000,"timeoutMs":800}' }
    const { circuitTable, circuit } = readConfig(env)
    expect(circuitTable).toBe('circuits')
    expect(circuit).toEqual({ timeoutMs: 800, openMs: 1_000 })
  })

  it.each([undefined, '', 'payments', 'ftp://payments', 'file:///etc/passwd'])(
    'refuses PAYMENT_URL %s',
    url => {
      expect(() => readConfig({ PAYMENT_URL: url })).toThrow(
        /^PAYMENT_URL: got .* allowed is the http or https address/,
      )
    },
  )

  it.each(['{', '[]', 'null', '5'])('refuses CIRCUIT_OPTIONS %s', options => {
    expect(() => readConfig({ PAYMENT_URL, CIRCUIT_OPTIONS: options })).toThrow(/^CIRCUIT_OPTIONS: got /)
  })
})
