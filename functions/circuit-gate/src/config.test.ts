import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'

const CIRCUIT_TABLE = 'circuits'
const policiesOf = (options: unknown) =>
  readConfig({ CIRCUIT_TABLE, CIRCUIT_OPTIONS: JSON.stringify(options) }).policies

const CIRCUIT_OPTIONS = '{"circuits":{"payments":{}}}'

describe('readConfig', () => {
  it('needs the table and the circuits', () => {
    expect(readConfig({ CIRCUIT_TABLE, CIRCUIT_OPTIONS })).toEqual({
      circuitTable: 'circuits',
      policies: new Map([['payments', {}]]),
      ignored: new Set(),
    })
    for (const table of [undefined, '']) {
      expect(() => readConfig({ CIRCUIT_TABLE: table, CIRCUIT_OPTIONS })).toThrow(
        /^CIRCUIT_TABLE: got .* allowed is the name/,
      )
    }
    for (const options of [undefined, '']) {
      expect(() => readConfig({ CIRCUIT_TABLE, CIRCUIT_OPTIONS: options })).toThrow(
        /^CIRCUIT_OPTIONS: got .* allowed is a JSON object such as/,
      )
    }
  })

  it('takes policies by circuit, whose names may have wildcards', () => {
    const circuits = { payments: { openMs: 1_000 }, 'tenant:*': {} }
    expect(policiesOf({ circuits })).toEqual(new Map(Object.entries(circuits)))
  })

  it('takes names of errors', () => {
    const { ignored } = readConfig({
      CIRCUIT_TABLE,
      CIRCUIT_OPTIONS,
      IGNORED_ERRORS: ' OutOfStock, My.Error_2 ,',
    })
    expect([...ignored]).toEqual(['OutOfStock', 'My.Error_2'])
    expect(() => readConfig({ CIRCUIT_TABLE, CIRCUIT_OPTIONS, IGNORED_ERRORS: 'OutOfStock;Other' })).toThrow(
      'IGNORED_ERRORS: got "OutOfStock;Other"; allowed is names of errors with commas between them',
    )
  })

  it.each(['{', '[]', 'null', '5', '"a"'])('refuses CIRCUIT_OPTIONS %s', CIRCUIT_OPTIONS => {
    expect(() => readConfig({ CIRCUIT_TABLE, CIRCUIT_OPTIONS })).toThrow(
      /^CIRCUIT_OPTIONS: got .* allowed is a JSON object such as/,
    )
  })

  it.each([
    [
      {},
      'CIRCUIT_OPTIONS: circuits: got undefined; allowed is an object of options by circuit, at least one',
    ],
    [
      { circuits: {} },
      'CIRCUIT_OPTIONS: circuits: got an object; allowed is an object of options by circuit',
    ],
    [{ openMs: 1 }, 'CIRCUIT_OPTIONS: got "openMs"; allowed is circuits, as in'],
    [{ default: {} }, 'CIRCUIT_OPTIONS: got "default"; allowed is circuits, as in'],
    [
      { circuits: { a: { openms: 1 } } },
      'CIRCUIT_OPTIONS: circuits: "a": option: got "openms"; allowed is failureRate,',
    ],
    [{ circuits: { a: { store: {} } } }, 'CIRCUIT_OPTIONS: circuits: "a": option: got "store"'],
    [{ circuits: ['payments'] }, 'CIRCUIT_OPTIONS: circuits: got an array; allowed is an object'],
    [
      { circuits: { payments: null } },
      'CIRCUIT_OPTIONS: circuits: "payments": got null; allowed is an object',
    ],
    [{ circuits: { payments: { openMs: '5' } } }, 'CIRCUIT_OPTIONS: circuits: "payments": openMs: got "5"'],
    [
      { circuits: { '': {} } },
      'CIRCUIT_OPTIONS: circuits: "": got ""; allowed is a text of 1 to 256 characters',
    ],
  ])('refuses CIRCUIT_OPTIONS %j', (options, message) => {
    expect(() => policiesOf(options)).toThrow(message)
  })
})
