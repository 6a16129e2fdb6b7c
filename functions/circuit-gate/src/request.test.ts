import { describe, expect, it } from 'vitest'
import { BadRequest, readRequest } from './request.ts'

const token = { generation: 0, startedAt: 1_800_000_000_000 }
const acquire = { action: 'acquire', circuit: 'payments' }
const record = { action: 'record', circuit: 'payments', token, outcome: { ok: true } }

describe('readRequest', () => {
  it.each([
    acquire,
    { ...acquire, timeoutMs: 2_000.5 },
    record,
    { ...record, token: { generation: -1, startedAt: 1 } },
    { ...record, token: { ...token, lease: 'env-1' } },
    { ...record, outcome: { ok: false, error: 'States.Timeout' } },
    { ...record, outcome: { ok: false, error: 'E', cause: '' } },
  ])('takes %j', request => {
    expect(readRequest(request)).toEqual(request)
  })

  it.each([
    [null, 'request: got null; allowed is an object'],
    [undefined, 'request: got undefined'],
    ['acquire', 'request: got "acquire"'],
    [[acquire], 'request: got an array'],
    [{}, 'action: got undefined; allowed is acquire or record'],
    [{ ...acquire, action: 'release' }, 'action: got "release"; allowed is acquire or record'],
    [{ ...acquire, action: '__proto__' }, 'action: got "__proto__"'],
    [{ action: 'acquire' }, 'circuit: got undefined; allowed is a text of 1 to 256 characters'],
    [{ ...acquire, circuit: '' }, 'circuit: got ""'],
    [{ ...acquire, circuit: 5 }, 'circuit: got 5'],
    [{ ...acquire, circuit: 'x'.repeat(257) }, 'circuit: got "xxxx'],
    [{ ...acquire, timeoutMs: 0 }, 'timeoutMs: got 0; allowed is a number above 0, at most 2147483647'],
    [{ ...acquire, timeoutMs: '5' }, 'timeoutMs: got "5"'],
    [{ ...acquire, timeoutMs: null }, 'timeoutMs: got null'],
    [{ ...acquire, timeoutMs: Infinity }, 'timeoutMs: got Infinity'],
    [
      { ...acquire, timeout: 5 },
      'unknown fields of request: got 1; allowed is none but action, circuit, timeoutMs',
    ],
    [{ ...acquire, token }, 'unknown fields of request: got 1'],
    [{ ...record, timeoutMs: 5 }, 'unknown fields of request: got 1; allowed is none but action'],
    [{ ...record, token: undefined }, 'token: got undefined; allowed is an object'],
    [{ ...record, token: 'abc' }, 'token: got "abc"'],
    [
      { ...record, token: { startedAt: 1 } },
      'token.generation: got undefined; allowed is a whole number from -1 on',
    ],
    [{ ...record, token: { ...token, generation: -2 } }, 'token.generation: got -2'],
    [{ ...record, token: { ...token, generation: 0.5 } }, 'token.generation: got 0.5'],
    [{ ...record, token: { ...token, generation: '1' } }, 'token.generation: got "1"'],
    [{ ...record, token: { generation: 0 } }, 'token.startedAt: got undefined; allowed is epoch ms'],
    [{ ...record, token: { ...token, startedAt: Number.NaN } }, 'token.startedAt: got NaN'],
    [{ ...record, token: { ...token, startedAt: '2026-01-01' } }, 'token.startedAt: got "2026-01-01"'],
    [{ ...record, token: { ...token, lease: null } }, 'token.lease: got null; allowed is a text'],
    [{ ...record, token: { ...token, lease: '' } }, 'token.lease: got ""'],
    [
      { ...record, token: { ...token, id: 1 } },
      'unknown fields of token: got 1; allowed is none but generation, startedAt, lease',
    ],
    [{ ...record, outcome: undefined }, 'outcome: got undefined; allowed is an object'],
    [{ ...record, outcome: {} }, 'outcome.ok: got undefined; allowed is true or false'],
    [{ ...record, outcome: { ok: 'true' } }, 'outcome.ok: got "true"'],
    [
      { ...record, outcome: { ok: true, error: 'E' } },
      'unknown fields of outcome: got 1; allowed is none but ok',
    ],
    [{ ...record, outcome: { ok: false } }, 'outcome.error: got undefined; allowed is a text'],
    [
      { ...record, outcome: { ok: false, error: 'E', cause: {} } },
      'outcome.cause: got an object; allowed is a text',
    ],
    [{ ...record, outcome: { ok: false, error: 'E', Cause: '' } }, 'unknown fields of outcome: got 1'],
  ])('refuses %j', (request, message) => {
    expect(() => readRequest(request)).toThrow(BadRequest)
    expect(() => readRequest(request)).toThrow(message)
    expect(new BadRequest('a', 1, 'b').name).toBe('Breakwater.BadRequest')
  })
})

it('the name of an unknown field went into the log', () => {
  const name = 'card 4111111111111111'
  for (const request of [
    { ...acquire, [name]: 1 },
    { ...record, token: { ...token, [name]: 1, ['x'.repeat(9_999)]: 1 } },
    { ...record, outcome: { ok: true, [name]: 1 } },
  ]) {
    expect(() => readRequest(request)).toThrow(
      /^unknown fields of \w+: got [12]; allowed is none but [\w, ]+$/,
    )
  }
})
