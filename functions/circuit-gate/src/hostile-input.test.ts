import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  deepTexts,
  deepValues,
  hostile,
  hostileText,
  largeTexts,
  mustBeLinear,
  nearly,
  only,
} from '../../../test/hostile.ts'
import { runs } from '../../../test/tier.ts'
import { readConfig } from './config.ts'
import { BadRequest, readRequest } from './request.ts'

const numRuns = runs(100, 5_000)
const token = { generation: 1, startedAt: 1_800_000_000_000, lease: 'a' }
const outcome = { ok: false, error: 'E', cause: '{}' }
const acquire = { action: 'acquire', circuit: 'payments', timeoutMs: 5_000 }
const record = { action: 'record', circuit: 'payments', token, outcome }

/** Reads, and throws what is no BadRequest, or repeats more of the request than a log should hold. */
function read(event: unknown): void {
  try {
    readRequest(event)
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error
    expect(error.message.length).toBeLessThan(1_000)
    expect(error.message).not.toMatch(/[\p{Control}\u202e]/u)
  }
}

it('a hostile request is bad, and nothing worse', () => {
  const request = fc.oneof(
    hostile,
    nearly(acquire),
    nearly(record),
    nearly(token).map(wrong => ({ ...record, token: wrong })),
    nearly(outcome).map(wrong => ({ ...record, outcome: wrong })),
  )
  fc.assert(fc.property(request, read), { numRuns })
  for (const value of [...deepValues, ...largeTexts]) {
    read(value)
    for (const name of Object.keys({ ...acquire, ...record })) {
      read({ ...acquire, [name]: value })
      read({ ...record, [name]: value })
    }
  }
})

it('a request of many fields is refused in linear time', () => {
  mustBeLinear(
    5_000,
    size => ({ ...acquire, ...Object.fromEntries(Array.from({ length: size }, (_, at) => [`k${at}`, at])) }),
    read,
  )
})

it('settings of any text are taken, or refused by an error that names the variable', () => {
  const policy = nearly({ failureRate: 0.5, minimumCalls: 10, openMs: 5_000 })
  const options = fc.oneof(
    hostileText,
    fc
      .oneof(
        hostile,
        policy,
        nearly({ circuits: { payments: {}, 'tenant:*': { openMs: 1 } } }),
        fc.dictionary(hostileText, policy),
      )
      .map(value => JSON.stringify(value) ?? ''),
  )
  const make = (CIRCUIT_OPTIONS: string, IGNORED_ERRORS = '') =>
    only([Error, TypeError], () => readConfig({ CIRCUIT_TABLE: 'circuits', CIRCUIT_OPTIONS, IGNORED_ERRORS }))
  fc.assert(fc.property(options, hostileText, make), { numRuns })
  for (const text of [...deepTexts, ...largeTexts]) {
    make(text, text)
    for (const whole of [`{"default":${text}}`, `{"circuits":${text}}`, `{"circuits":{"a":${text}}}`])
      make(whole)
  }
})
