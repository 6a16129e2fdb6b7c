import type { CircuitState } from '@breakwater/circuit'
import { circuitName } from '@breakwater/circuit/shared'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  attributeTypes,
  auditFields,
  auditPart,
  conditions,
  controlFields,
  expiresAt,
  keyOf,
  partitions,
  parts,
  schemaValue,
  stateFields,
  stateUpdate,
  updateOf,
  windowFields,
} from './schema.ts'

const key = keyOf('circuit', 'payments', parts.state)
const states: CircuitState[] = ['CLOSED', 'OPEN', 'HALF_OPEN']

it('stateUpdate sets what the new state has and removes what only others have', () => {
  const update = stateUpdate(key, 'OPEN', { state: { S: 'OPEN' }, retryAt: { N: '9' } }, 4, 9)
  expect(update).toEqual({
    Key: { circuit: { S: 'circuit#payments' }, part: { S: 'state' } },
    UpdateExpression:
      'SET #schema = :schema,#state = :state,#retryAt = :retryAt,#revision = :revision ' +
      'REMOVE #recovering,#suspectSince,#suspectUntil,#calmUntil,#leases,#successes',
    ConditionExpression: '#revision = :expected AND #schema = :schema',
    ExpressionAttributeNames: Object.fromEntries(
      'schema state retryAt revision recovering suspectSince suspectUntil calmUntil leases successes'
        .split(' ')
        .map(name => [`#${name}`, name]),
    ),
    ExpressionAttributeValues: {
      ':schema': schemaValue,
      ':state': { S: 'OPEN' },
      ':retryAt': { N: '9' },
      ':revision': { N: '9' },
      ':expected': { N: '4' },
    },
  })
})

it('stateUpdate writes a circuit for the first time only where nothing is', () => {
  for (const state of states) {
    const update = stateUpdate(key, state, {}, 0, 1)
    expect(update.ConditionExpression).toBe('attribute_not_exists(#circuit)')
    expect(update.ExpressionAttributeNames).toHaveProperty('#circuit', 'circuit')
    expect(update.ExpressionAttributeValues).not.toHaveProperty(':expected')
  }
})

it('stateUpdate declares exactly the placeholders it uses', () => {
  for (const state of states) {
    for (const revision of [0, 1]) {
      const update = stateUpdate(key, state, { state: { S: state } }, revision, 2)
      const text = `${update.UpdateExpression} ${update.ConditionExpression}`
      const used = (sign: string) => [...new Set(text.match(new RegExp(`${sign}\\w+`, 'g')))].sort()
      expect(Object.keys(update.ExpressionAttributeNames).sort()).toEqual(used('#'))
      expect(Object.keys(update.ExpressionAttributeValues).sort()).toEqual(used(':'))
    }
  }
})

it('updateOf adds, and leaves out the clauses that have nothing to say', () => {
  const { UpdateExpression, ConditionExpression } = updateOf(key, {
    set: {},
    add: { calls: { N: '1' }, slow: { N: '0' } },
  })
  expect(UpdateExpression).toBe('SET #schema = :schema ADD #calls :calls,#slow :slow')
  expect(ConditionExpression).toBeUndefined()
  expect(updateOf(key, { set: {}, condition: conditions.known }).ConditionExpression).toBe(
    'attribute_not_exists(#circuit) OR #schema = :schema',
  )
})

it('attributeTypes knows the type of every field', () => {
  const fields = [...Object.values(stateFields).flat(), ...windowFields, ...controlFields, ...auditFields]
  expect([...new Set<string>(fields)].sort()).toEqual(
    Object.keys(attributeTypes)
      .filter(name => name !== 'schema' && name !== 'revision')
      .sort(),
  )
})

it('auditPart sorts acts by time, whatever the number of digits', () => {
  const times = [5, 999_999_999_999, 1_800_000_000_000, 1_800_000_000_001]
  const keys = times.map(at => auditPart(at, 'x'))
  expect(keys.toSorted()).toEqual(keys)
  expect(auditPart(1_800_000_000_000, 'id')).toBe('audit#001800000000000#id')
})

it('expiresAt says when items may be deleted, in seconds', () => {
  expect(expiresAt('state', 1_800_000_000_001)).toEqual({ N: String(1_800_000_001 + 30 * 86_400) })
  expect(expiresAt('window', 1_800_000_000_000)).toEqual({ N: String(1_800_000_000 + 3_600) })
  expect(expiresAt('audit', 1_800_000_000_000)).toEqual({ N: String(1_800_000_000 + 365 * 86_400) })
})

it('keyOf refuses names of which UTF-8 or a log would make another', () => {
  for (const name of ['', 'a\ud800b', 'a\nb', 'a\0', '\u202eb', 'x'.repeat(257), 7 as never])
    expect(() => keyOf('circuit', name, parts.state)).toThrow(
      /^keyOf: circuit: got .*; allowed is a text of 1/,
    )
})

it('no name of a circuit makes a key of another kind', () => {
  const prefixes = Object.values(partitions)
  const names = fc
    .constantFrom(...prefixes, 'recycler:', '')
    .chain(prefix => fc.string().map(name => prefix + name))
  fc.assert(
    fc.property(names, fc.constantFrom('circuit', 'control'), (name, kind) => {
      if (!circuitName.good(name)) return
      const key = keyOf(kind, name, parts.state).circuit.S
      expect(prefixes.filter(prefix => key.startsWith(prefix))).toEqual([partitions[kind]])
    }),
    { seed: 16 },
  )
})
