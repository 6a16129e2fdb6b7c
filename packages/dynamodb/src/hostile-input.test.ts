import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { Circuit, isStoreError } from '@breakwater/circuit'
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
} from '../../../test/hostile.ts'
import { runs } from '../../../test/tier.ts'
import { decodeAudit, decodeControl, decodeReport, decodeState, encode } from './codec.ts'
import { mergeOptions } from './environment-options.ts'
import { type Item, schemaValue, stateFields } from './schema.ts'

const numRuns = runs(100, 3_000)
const decoders = [decodeState, decodeControl, decodeReport, decodeAudit]

function decodeAll(item: Item): void {
  for (const decode of decoders) {
    try {
      decode(item)
    } catch (error) {
      if (!isStoreError(error) || error.kind !== 'unknown-schema') throw error
    }
  }
}

const halfOpen = {
  schema: schemaValue,
  revision: { N: '1' },
  ...encode(stateFields.HALF_OPEN, {
    state: 'HALF_OPEN',
    generation: 1,
    since: 2,
    openings: 1,
    environment: 'e',
    successes: 0,
    reason: 'relapse',
    leases: [{ id: 'a', expiresAt: 9, ms: 5 }],
  }),
}

it('a stored item of hostile values is of an unknown schema, and nothing worse', () => {
  fc.assert(
    fc.property(nearly(halfOpen), item => decodeAll(item as Item)),
    { numRuns },
  )
  for (const value of [...deepValues, ...largeTexts])
    for (const name of Object.keys(halfOpen)) {
      decodeAll({ ...halfOpen, [name]: value } as Item)
      decodeAll({ ...halfOpen, [name]: { S: value, N: value, L: value } } as unknown as Item)
    }
})

it('leases of a stored item are read in linear time', () => {
  const lease = { M: { id: { S: 'a' }, expiresAt: { N: '9' } } }
  const item = (count: number): Item => ({
    ...halfOpen,
    leases: { L: Array<AttributeValue>(count).fill(lease) },
  })
  mustBeLinear(10_000, item, decodeState)
})

it('CIRCUIT_OPTIONS of any text keeps no circuit from being made', () => {
  const policy = nearly({ failureRate: 0.5, minimumCalls: 10, openMs: 5_000, disabled: false })
  const value = fc.oneof(
    hostileText,
    fc
      .oneof(hostile, policy, fc.record({ default: policy, circuits: fc.dictionary(hostileText, policy) }))
      .map(given => JSON.stringify(given) ?? ''),
  )
  const make = (text: string) => {
    const { options, problem } = mergeOptions({ openMs: 1_000 }, { CIRCUIT_OPTIONS: text }, 'payments')
    expect(new Circuit('payments', options).status().state).toBe('CLOSED')
    expect(problem?.length ?? 0).toBeLessThan(1_000)
  }
  fc.assert(fc.property(value, make), { numRuns })
  for (const text of [...deepTexts, ...largeTexts]) {
    make(text)
    make(`{"circuits":${text}}`)
    make(`{"default":${text},"circuits":{"payments":${text}}}`)
  }
})
