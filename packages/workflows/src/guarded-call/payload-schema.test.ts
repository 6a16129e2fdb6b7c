import { Ajv } from 'ajv'
import fc from 'fast-check'
import jsonata from 'jsonata'
import { describe, expect, it } from 'vitest'
import { checkSchema, matches, type PayloadSchema } from './payload-schema.ts'

const long = process.env.TEST_TIER === 'long'

/** What Step Functions would say of a value. */
async function accepts(schema: PayloadSchema, value: unknown): Promise<unknown> {
  return jsonata(matches(schema, "$lookup($states.input, 'payload')")).evaluate(undefined, {
    states: { input: { payload: value } },
  })
}

const names = fc.constantFrom('a', 'b', 'a b', '"', "'", '$', 'constructor', 'über', '%}')
const numbers = fc.constantFrom(-1.5, 0, 1, 2, 3, 1e21)
const texts = fc.oneof(names, fc.string({ maxLength: 4, unit: 'binary' }))
const types = fc.constantFrom('array', 'boolean', 'integer', 'null', 'number', 'object', 'string')
const sizes = fc.nat({ max: 3 })

const flat = {
  type: fc.oneof(types, fc.uniqueArray(types, { minLength: 1, maxLength: 3 })),
  enum: fc.uniqueArray(fc.oneof(texts, numbers, fc.boolean(), fc.constant(null)), {
    minLength: 1,
    maxLength: 3,
  }),
  required: fc.uniqueArray(names, { maxLength: 2 }),
  additionalProperties: fc.boolean(),
  minItems: sizes,
  maxItems: sizes,
  minLength: sizes,
  maxLength: sizes,
  pattern: fc.constantFrom('^[a-c ]+$', 'a|b', '^[a-c]{2}$', '[$"]'),
  minimum: numbers,
  maximum: numbers,
}
/** Few keywords, so that values pass as often as they fail. */
function schemaOf(levels: number): fc.Arbitrary<PayloadSchema> {
  const nested = levels > 0 && {
    properties: fc.dictionary(names, schemaOf(levels - 1), { maxKeys: 3, noNullPrototype: true }),
    items: schemaOf(levels - 1),
  }
  const keywords = { ...flat, ...nested } as Record<string, fc.Arbitrary<unknown>>
  return fc
    .uniqueArray(fc.constantFrom(...Object.keys(keywords)), { maxLength: 3 })
    .chain(some =>
      fc.record(Object.fromEntries(some.map(name => [name, keywords[name]!]))),
    ) as fc.Arbitrary<PayloadSchema>
}
const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(texts, numbers, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(names, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))

it('a state machine accepts exactly the payloads that a validator of JSON Schema accepts', async () => {
  const ajv = new Ajv({ strict: false, logger: false, ownProperties: true })
  await fc.assert(
    fc.asyncProperty(schemaOf(3), value, async (one, payload) => {
      checkSchema('schema', one)
      expect(await accepts(one, payload)).toBe(ajv.compile(one)(payload))
    }),
    { numRuns: long ? 20_000 : 400, seed: 16 },
  )
})

it('takes lists of one item, and of lists, for what they are', async () => {
  const list = { type: 'array', items: { type: 'array' } } as const
  for (const good of [[], [[]], [[[]]], [[1], []]]) expect(await accepts(list, good)).toBe(true)
  for (const bad of [[1], [[], 1], [null], [{}], 1, null, {}]) expect(await accepts(list, bad)).toBe(false)
})

describe('refuses a schema that it could not check', () => {
  const deep = (levels: number): PayloadSchema => (levels === 0 ? {} : { items: deep(levels - 1) })
  it.each([
    [{ oneOf: [] }, 'schema: option: got "oneOf"; allowed is type, enum, properties'],
    [{ type: 'text' }, 'schema: type: got "text"; allowed is one of array, boolean'],
    [{ type: [] }, 'schema: type: got an array'],
    [{ enum: [{}] }, 'schema: enum[0]: got an object'],
    [{ pattern: '(' }, 'schema: pattern: got "("; allowed is a regular expression without a slash'],
    [{ pattern: '^a/b$' }, 'schema: pattern: got "^a/b$"'],
    [{ minLength: -1 }, 'schema: minLength: got -1'],
    [
      { properties: { a: { properties: { b: 7 } } } },
      'schema.properties.a.properties.b: got 7; allowed is a JSON schema',
    ],
    [{ items: [{}] }, 'schema: items: got an array; allowed is a schema'],
    [{ additionalProperties: {} }, 'schema: additionalProperties: got an object; allowed is true or false'],
    [deep(10), 'items: got an object; allowed is at most 10 levels'],
  ])('%j', (bad, message) => {
    expect(() => checkSchema('schema', bad as PayloadSchema)).toThrow(TypeError)
    expect(() => checkSchema('schema', bad as PayloadSchema)).toThrow(message)
  })
})
