import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'

const PAYMENT_URL = 'https://payments.example.com/charges'

describe('readConfig', () => {
  it('reads the address of the provider', () => {
    expect(readConfig({ PAYMENT_URL })).toEqual({ paymentUrl: new URL(PAYMENT_URL) })
  })

  it.each([undefined, '', 'payments', 'ftp://payments', 'file:///etc/passwd'])(
    'refuses PAYMENT_URL %s',
    url => {
      expect(() => readConfig({ PAYMENT_URL: url })).toThrow(
        /^PAYMENT_URL: got .* allowed is the http or https address/,
      )
    },
  )
})
