import { expect, it } from 'vitest'
import { compile } from './schema.ts'

const order = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  title: 'Order',
  type: 'object',
  required: ['id', 'lines'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z😀]+$' },
    lines: {
      type: 'array',
      minItems: 1,
      maxItems: 2,
      items: {
        type: 'object',
        required: ['count'],
        properties: { count: { type: 'integer', minimum: 1, maximum: 9 } },
      },
    },
    paid: { enum: [true, null, { by: ['card'] }] },
    note: { type: ['string', 'null'] },
    tags: { type: 'object', additionalProperties: { type: 'boolean' } },
  },
}
const good = { id: 'ab', lines: [{ count: 1 }] }
const validate = compile(order, 'Model.Schema')

it.each([
  good,
  { ...good, id: '😀😀😀😀' },
  { ...good, lines: [{ count: 9, more: 1 }, { count: 2.0 }] },
  { ...good, paid: { by: ['card'] }, note: null, tags: { a: true } },
])('%j is fine', value => expect(validate(value)).toEqual([]))

it.each([
  [[], ['must be object']],
  [null, ['must be object']],
  [{}, ['misses id', 'misses lines']],
  [{ ...good, id: 'a' }, ['id must have 2 characters at least']],
  [{ ...good, id: 'abcde' }, ['id must have 4 characters at most']],
  [{ ...good, id: 'A1' }, ['id must match ^[a-z😀]+$']],
  [{ ...good, id: 12 }, ['id must be string']],
  [{ ...good, lines: [] }, ['lines must have 1 items at least']],
  [{ ...good, lines: [{ count: 1 }, { count: 1 }, { count: 1 }] }, ['lines must have 2 items at most']],
  [{ ...good, lines: [{ count: 1 }, {}] }, ['lines [1] misses count']],
  [{ ...good, lines: [{ count: 1.5 }] }, ['lines [0] count must be integer']],
  [{ ...good, lines: [{ count: 0 }] }, ['lines [0] count must be at least 1']],
  [{ ...good, lines: [{ count: 10 }] }, ['lines [0] count must be at most 9']],
  [{ ...good, paid: false }, ['paid must be one of the enumeration']],
  [{ ...good, note: 1 }, ['note must be string or null']],
  [{ ...good, tags: { a: 'x' } }, ['tags a must be boolean']],
  [{ ...good, other: 1 }, ['other is not allowed']],
  [JSON.parse('{"id":"ab","lines":[{"count":1}],"__proto__":1}'), ['__proto__ is not allowed']],
])('%j is not', (value, problems) => expect(validate(value)).toEqual(problems))

it.each([
  [{ oneOf: [] }, 'S.oneOf'],
  [{ properties: { a: { format: 'date' } } }, 'S.properties.a.format'],
  [{ items: { $ref: '#/definitions/x' } }, 'S.items.$ref'],
  [{ type: 'text' }, 'S.type'],
  [{ type: undefined }, 'S.type'],
  [{ required: true }, 'S.required'],
  [{ required: [1] }, 'S.required'],
  [{ pattern: '(' }, 'S.pattern'],
  [{ minLength: -1 }, 'S.minLength'],
  [{ maximum: '9' }, 'S.maximum'],
  [{ enum: [] }, 'S.enum'],
  [{ additionalProperties: 'no' }, 'S.additionalProperties'],
  [{ constructor: {} }, 'S.constructor'],
  ['{}', 'S'],
])('the schema %j is refused, and the error says where', (schema, where) => {
  expect(() => compile(schema, 'S')).toThrow(TypeError)
  expect(() => compile(schema, 'S')).toThrow(`${where}: got `)
})
