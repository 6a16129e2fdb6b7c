import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { type Audit, type CircuitRecord, type Control, isStoreError, type Report } from '@breakwater/circuit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/tier.ts'
import { decodeAudit, decodeControl, decodeReport, decodeState, encode } from './codec.ts'
import { keyAt, openRecord } from './record.fixture.ts'
import {
  attributeTypes,
  auditFields,
  controlFields,
  type Item,
  parts,
  schemaValue,
  stateFields,
  windowFields,
} from './schema.ts'

const number = fc
  .oneof(fc.maxSafeNat(), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map(n => (n === 0 ? 0 : n))
const count = fc.nat()
const base = { generation: count, since: number, openings: count, environment: fc.string() }
const record = fc.oneof(
  fc.record({
    state: fc.constant('CLOSED' as const),
    ...base,
    recovering: fc.boolean(),
    suspectSince: number,
    suspectUntil: number,
    calmUntil: number,
  }),
  fc.record({
    state: fc.constant('OPEN' as const),
    ...base,
    retryAt: number,
    reason: fc.constantFrom('failure-rate', 'relapse'),
  }),
  fc.record({
    state: fc.constant('HALF_OPEN' as const),
    ...base,
    leases: fc.array(
      fc.oneof(
        fc.record({ id: fc.string(), expiresAt: number, ms: number }),
        fc.record({ id: fc.string(), expiresAt: number }),
      ),
    ),
    successes: count,
    reason: fc.constantFrom('probe-failed', 'relapse'),
  }),
) as fc.Arbitrary<CircuitRecord>

const mode = fc.constantFrom('FORCED_OPEN' as const, 'FORCED_CLOSED' as const, 'OBSERVE_ONLY' as const)
const act = { by: fc.string(), reason: fc.string(), at: number }
const maybeUntil = fc.option(number, { nil: undefined }).map(until => (until === undefined ? {} : { until }))
const withUntil = <T extends object>(fields: fc.Arbitrary<T>) =>
  fc.tuple(fields, maybeUntil).map(([value, until]) => ({ ...value, ...until }))
const control: fc.Arbitrary<Control> = withUntil(fc.record({ mode, ...act }))
const audit: fc.Arbitrary<Audit> = withUntil(
  fc.record({ act: fc.oneof(mode, fc.constant('RELEASED' as const)), ...act }),
)

const stored = (part: string, fields: Item): Item => ({
  ...keyAt('payments', part),
  schema: schemaValue,
  ...fields,
})

describe('what is written comes back as it was', () => {
  it('records', () => {
    fc.assert(
      fc.property(record, fc.integer({ min: 1, max: 2 ** 40 }), (value, revision) => {
        const fields = { ...encode(stateFields[value.state], value), revision: { N: String(revision) } }
        expect(decodeState(stored(parts.state, fields))).toEqual({ record: value, revision })
      }),
    )
  })
  it('overrides', () => {
    fc.assert(
      fc.property(control, fc.integer({ min: 1, max: 2 ** 40 }), (value, revision) => {
        const fields = { ...encode(controlFields, value), revision: { N: String(revision) } }
        const decoded = { control: value, controlRevision: revision }
        expect(decodeControl(stored(parts.control, fields))).toEqual(decoded)
        const ended = { ...fields, mode: { S: 'RELEASED' } }
        expect(decodeControl(stored(parts.control, ended))).toEqual({ ...decoded, control: undefined })
      }),
    )
  })
  it('an override of before there were revisions is older than all that have one', () => {
    const value = { mode: 'FORCED_OPEN', by: 'ana', reason: 'test', at: 1 }
    const item = stored(parts.control, encode(controlFields, value))
    expect(decodeControl(item)).toEqual({ control: value, controlRevision: 0 })
    expect(() => decodeControl({ ...item, revision: { S: '7' } })).toThrow(
      '"revision" is missing or of another type',
    )
  })
  it('acts', () => {
    fc.assert(
      fc.property(audit, value => {
        expect(decodeAudit(stored('audit#1', encode(auditFields, value)))).toEqual(value)
      }),
    )
  })
  it('counts', () => {
    const fields = { calls: count, failures: count, slow: count, environments: count, failing: count }
    fc.assert(
      fc.property(fc.record(fields) as fc.Arbitrary<Report>, value => {
        expect(decodeReport(stored('window#1', encode(windowFields, value)))).toEqual(value)
      }),
    )
  })
})

it('the codec writes only the fields the table has, whatever an object carries', () => {
  expect(
    Object.keys(encode(stateFields.OPEN, { ...openRecord, cardNumber: '4111', leases: [] })).sort(),
  ).toEqual(Object.keys(openRecord).sort())
})

describe('an item that is not of this layout', () => {
  const attribute = fc.oneof(
    fc.record({ S: fc.oneof(fc.string(), fc.constantFrom('OPEN', 'CLOSED', 'HALF_OPEN', 'constructor')) }),
    fc.record({ N: fc.oneof(fc.string(), fc.nat().map(String)) }),
    fc.record({ BOOL: fc.boolean() }),
    fc.record({ L: fc.array(fc.oneof(fc.record({ M: fc.object() }), fc.anything())) }),
    fc.record({ M: fc.object() }),
    fc.record({ NULL: fc.constant(true) }),
    fc.anything(),
  ) as fc.Arbitrary<AttributeValue>
  const names = ['circuit', 'part', 'expiresAt', ...Object.keys(attributeTypes)]
  const garbage = fc.dictionary(fc.constantFrom(...names), attribute, { maxKeys: names.length })

  it('never throws anything but a StoreError of kind unknown-schema', () => {
    const known = { schema: schemaValue, revision: { N: '1' } }
    fc.assert(
      fc.property(garbage, fc.boolean(), (item, ours) => {
        for (const decode of [decodeState, decodeControl, decodeReport, decodeAudit]) {
          try {
            decode(ours ? { ...item, ...known } : item)
          } catch (error) {
            expect(isStoreError(error) && error.kind).toBe('unknown-schema')
          }
        }
      }),
      { numRuns: runs(200, 5_000) },
    )
  })

  const open = encode(stateFields.OPEN, {
    state: 'OPEN',
    generation: 1,
    since: 2,
    openings: 1,
    environment: 'e',
    retryAt: 3,
    reason: 'relapse',
  })
  const good = stored(parts.state, { ...open, revision: { N: '1' } })
  it.each<[string, Item, string]>([
    ['another version', { schema: { N: '1' } }, 'schema version is not 2'],
    ['a version that is no number', { schema: { S: '1' } }, 'schema version is not 2'],
    ['an unknown state', { state: { S: 'half_open' } }, '"state" is missing or of another type'],
    [
      'a state that every object has',
      { state: { S: 'constructor' } },
      '"state" is missing or of another type',
    ],
    ['a text for a time', { retryAt: { S: '3' } }, '"retryAt" is missing or of another type'],
    ['revision 0', { revision: { N: '0' } }, '"revision" is missing or of another type'],
  ])('%s is refused by a message that says where, and quotes nothing', (_, change, why) => {
    expect(() => decodeState({ ...good, ...change })).toThrow(
      `Item "state" of "circuit#payments" is left untouched: ${why}`,
    )
  })
  it('is refused where the length of a lease is no number', () => {
    const lease = { id: { S: 'a' }, expiresAt: { N: '9' } }
    const half = encode(stateFields.HALF_OPEN, {
      ...{ state: 'HALF_OPEN', generation: 1, since: 2, openings: 1, environment: 'e' },
      ...{ leases: [], successes: 0, reason: 'relapse' },
    })
    for (const ms of [{ S: '5' }, { N: 'long' }] as AttributeValue[]) {
      const leases = { L: [{ M: { ...lease, ms } }] }
      expect(() => decodeState(stored(parts.state, { ...half, revision: { N: '1' }, leases }))).toThrow(
        '"leases" is missing or of another type',
      )
    }
  })
  it('is refused where an override has an unknown mode', () => {
    const item = encode(controlFields, { mode: 'FORCED_SHUT', by: 'ana', reason: 'secret plan', at: 1 })
    expect(() => decodeControl(stored(parts.control, item))).toThrow(
      'Item "control" of "control#payments" is left untouched: "mode" is missing or of another type',
    )
  })
})
