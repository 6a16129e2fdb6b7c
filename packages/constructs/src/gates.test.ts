import { expect, it } from 'vitest'
import { isAmong } from './gates.ts'

it.each([
  ['payments', undefined, true],
  ['payments', ['stock', 'payments'], true],
  ['payment', ['payments'], false],
  ['tenant:1', ['tenant:*'], true],
  ['tenant:1', ['tenant:?'], true],
  ['tenant:12', ['tenant:?'], false],
  ['tenantx1', ['tenant.1'], false],
  ['(a)', ['(a)'], true],
])('the circuit %j among %j: %j', (circuit, names, among) => {
  expect(isAmong(circuit, names)).toBe(among)
})
