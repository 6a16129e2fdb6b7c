import { conditions, keyOf, schemaValue, stateUpdate, updateOf } from '@breakwater/dynamodb/schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyUpdate, conditionHolds } from './expression.ts'

const key = keyOf('circuit', 'payments', 'state')
const attributes = fc.dictionary(
  fc.constantFrom('state', 'since', 'calls', 'leases'),
  fc.record({ S: fc.string() }),
)

describe('updates', () => {
  it('set, remove and add as the store writes them', () => {
    fc.assert(
      fc.property(attributes, attributes, fc.nat(), fc.nat(), (stored, set, had, more) => {
        const change = { set, remove: ['gone'], add: { count: { N: String(more) } } }
        const item = { ...key, ...stored, gone: { S: 'x' }, count: { N: String(had) } }
        const { gone: _, ...kept } = item
        expect(applyUpdate(updateOf(key, change), item)).toEqual({
          ...kept,
          schema: schemaValue,
          ...set,
          count: { N: String(had + more) },
        })
      }),
    )
  })

  it('make the item where there is none, and never touch the one they were given', () => {
    const stored = Object.freeze({ ...key, count: { N: '1' } })
    const update = updateOf(key, { set: {}, add: { count: { N: '2' } } })
    expect(applyUpdate(update, undefined)).toEqual({ ...key, schema: schemaValue, count: { N: '2' } })
    expect(applyUpdate(update, stored)).toMatchObject({ count: { N: '3' } })
  })

  it.each(['SET #a = :a + :b', 'DELETE #a :a', 'SET #a = if_not_exists(#a, :a)', 'ADD #a'])(
    'of a kind that is not simulated are refused: %s',
    UpdateExpression => {
      const request = {
        UpdateExpression,
        ExpressionAttributeNames: { '#a': 'a' },
        ExpressionAttributeValues: { ':a': { N: '1' }, ':b': { N: '1' } },
      }
      expect(() => applyUpdate(request, undefined)).toThrow(/update not simulated/)
    },
  )
})

describe('conditions', () => {
  const update = (revision: number) =>
    stateUpdate(key, 'OPEN', { state: { S: 'OPEN' } }, revision, revision + 1)

  it('a first write needs that nothing is there, a later one the revision it came from', () => {
    const stored = { ...key, schema: schemaValue, revision: { N: '4' } }
    expect([conditionHolds(update(0), undefined), conditionHolds(update(0), stored)]).toEqual([true, false])
    expect([
      conditionHolds(update(4), stored),
      conditionHolds(update(3), stored),
      conditionHolds(update(4), undefined),
    ]).toEqual([true, false, false])
  })

  it('a known item may be absent, or of this schema', () => {
    const request = updateOf(key, { set: {}, condition: conditions.known })
    expect(conditionHolds(request, undefined)).toBe(true)
    expect(conditionHolds(request, { ...key, schema: schemaValue })).toBe(true)
    expect(conditionHolds(request, { ...key, schema: { N: '1' } })).toBe(false)
  })

  it.each(['#a < :a', 'size(#a) = :a', 'NOT #a = :a'])(
    'of a kind that is not simulated are refused: %s',
    text => {
      expect(() => conditionHolds({ ConditionExpression: text }, undefined)).toThrow(/not simulated/)
    },
  )
})
