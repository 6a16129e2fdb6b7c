import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import type { Codec } from './codec.ts'
import { auditCodec, controlCodec, labelChangeCodec, runCodec, serviceCodec } from './codecs.ts'
import type { Entry } from './store.ts'

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'binary' })
const words = fc.string({ maxLength: 12, unit: 'binary' })
const time = fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => number + 0)
const count = fc.integer({ min: 1 })
const moved = fc.record({ source: text, label: text, versionId: text, sequence: count })

/** Any record of each kind, with and without what may be absent. */
const some = {
  labelChange: fc.record(
    {
      source: text,
      kind: fc.constantFrom('secret', 'parameter'),
      name: text,
      label: text,
      versionId: text,
      previous: text,
      movedAt: time,
      bound: fc.constantFrom('exact', 'upper'),
      sequence: count,
      seenAt: time,
    },
    {
      requiredKeys: [
        'source',
        'kind',
        'name',
        'label',
        'versionId',
        'movedAt',
        'bound',
        'sequence',
        'seenAt',
      ],
    },
  ),
  service: fc.record(
    {
      service: text,
      intent: fc.record({ execution: text, at: time, until: time, primary: text, labelChange: moved }),
      last: fc.record(
        {
          execution: text,
          at: time,
          deployment: text,
          labelChange: moved,
          outcome: fc.constantFrom('started', 'completed', 'failed'),
          reason: words,
        },
        { requiredKeys: ['execution', 'at', 'deployment', 'labelChange', 'outcome'] },
      ),
    },
    { requiredKeys: ['service'] },
  ),
  run: fc.record(
    {
      change: text,
      labelChange: moved,
      attempt: count,
      execution: text,
      status: fc.constantFrom('running', 'handed-over', 'finished', 'failed', 'stopped', 'superseded'),
      startedAt: time,
      canaryDone: fc.boolean(),
      reason: words,
    },
    { requiredKeys: ['change', 'labelChange', 'attempt', 'execution', 'status', 'startedAt', 'canaryDone'] },
  ),
  audit: fc.record(
    {
      at: time,
      act: fc.constantFrom('planned', 'started', 'left-alone', 'failed'),
      change: text,
      execution: text,
      label: text,
      versionId: text,
      sequence: count,
      service: text,
      deployment: text,
      wave: fc.nat(),
      reason: words,
      text: words,
      by: text,
    },
    { requiredKeys: ['at', 'act'] },
  ),
  control: fc.record(
    { mode: fc.constantFrom('STOPPED', 'RELEASED'), by: text, reason: text, at: time, until: time },
    { requiredKeys: ['mode', 'by', 'reason', 'at'] },
  ),
}
const codecs = {
  labelChange: labelChangeCodec,
  service: serviceCodec,
  run: runCodec,
  audit: auditCodec,
  control: controlCodec,
} as Record<keyof typeof some, Codec<unknown>>

const entryOf = (value: unknown): Entry => ({ partition: 'recycler#p', sort: 's', revision: 1, value })
const json = (value: unknown) => JSON.parse(JSON.stringify(value))
const unknownSchema = (error: unknown) => (error as { kind?: unknown }).kind === 'unknown-schema'

for (const kind of Object.keys(some) as (keyof typeof some)[]) {
  const { encode, decode } = codecs[kind]
  const any = some[kind] as fc.Arbitrary<Record<string, unknown>>
  const options = { numRuns: runs(50, 1_000), seed: 6 }

  describe(`the codec of a ${kind}`, () => {
    it('gives back what it was given', () => {
      fc.assert(
        fc.property(any, value => {
          expect(decode(entryOf(json(encode(value))))).toEqual(value)
        }),
        options,
      )
    })

    it('drops what it does not know', () => {
      fc.assert(
        fc.property(any, fc.jsonValue(), (value, more) => {
          const strange = Object.fromEntries([...Object.entries(value), ['secretValue', more]])
          expect(encode(strange)).toEqual(value)
          expect(decode(entryOf(json(strange)))).toEqual(value)
        }),
        options,
      )
    })

    it('refuses what lacks a field, or has it of another type', () => {
      fc.assert(
        fc.property(any, fc.nat(), fc.constantFrom(null, [], { a: 1 }, -1.5), (value, at, wrong) => {
          const names = Object.keys(value)
          const name = names[at % names.length]!
          if (typeof value[name] === 'number' && wrong === -1.5) return
          const changed = { ...value, [name]: wrong }
          expect(() => decode(entryOf(json(changed)))).toThrow(expect.toSatisfy(unknownSchema))
          expect(() => encode(changed)).toThrow(TypeError)
        }),
        options,
      )
    })

    it('refuses any other JSON by a StoreError, and nothing else', () => {
      fc.assert(
        fc.property(fc.jsonValue(), value => {
          expect(() => decode(entryOf(value))).toThrow(expect.toSatisfy(unknownSchema))
        }),
        options,
      )
      for (const value of [JSON.parse('{"__proto__":{"token":"x"}}'), undefined]) {
        expect(() => decode(entryOf(value))).toThrow(expect.toSatisfy(unknownSchema))
      }
    })
  })
}
