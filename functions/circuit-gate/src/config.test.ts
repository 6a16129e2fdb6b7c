import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'

const CIRCUIT_TABLE = 'circuits'
const policiesOf = (options: unknown) =>
  readConfig({ CIRCUIT_TABLE, CIRCUIT_OPTIONS: JSON.stringify(options) }).policies

describe('readConfig', () => {
  it('needs only the table', () => {
    expect(readConfig({ CIRCUIT_TABLE })).toEqual({
      circuitTable: 'circuits',
      policies: { default: {}, circuits: new Map() },
      ignored: new Set(),
    })
    for (const table of [undefined, '']) {
      expect(() => readConfig({ CIRCUIT_TABLE: table })).toThrow(/^CIRCUIT_TABLE: got .* allowed is the name/)
    }
  })

  it('takes one policy for all', () => {
    expect(policiesOf({ openMs: 1_000 })).toEqual({ default: { openMs: 1_000 }, circuits: new Map() })
    expect(policiesOf({})).toEqual({ default: {}, circuits: new Map() })
  })

  it('takes policies by circuit, with others or without', () => {
    const circuits = { payments: { openMs: 1_000 }, stock: {} }
    const named = new Map(Object.entries(circuits))
    expect(policiesOf({ default: { probes: 1 }, circuits })).toEqual({
      default: { probes: 1 },
      circuits: named,
    })
    expect(policiesOf({ circuits })).toEqual({ default: undefined, circuits: named })
    expect(policiesOf({ default: {} })).toEqual({ default: {}, circuits: new Map() })
  })

  it('takes names of errors', () => {
    const { ignored } = readConfig({ CIRCUIT_TABLE, IGNORED_ERRORS: ' OutOfStock, My.Error_2 ,' })
    expect([...ignored]).toEqual(['OutOfStock', 'My.Error_2'])
    expect(() => readConfig({ CIRCUIT_TABLE, IGNORED_ERRORS: 'OutOfStock;Other' })).toThrow(
      'IGNORED_ERRORS: got "OutOfStock;Other"; allowed is names of errors with commas between them',
    )
  })

  it.each(['{', '[]', 'null', '5', '"a"'])('refuses CIRCUIT_OPTIONS %s', CIRCUIT_OPTIONS => {
    expect(() => readConfig({ CIRCUIT_TABLE, CIRCUIT_OPTIONS })).toThrow(
      /^CIRCUIT_OPTIONS: got .* allowed is a JSON object such as/,
    )
  })

  it.each([
    [{ openMs: -1 }, 'CIRCUIT_OPTIONS: openMs: got -1; allowed is a number above 0'],
    [{ openms: 1 }, 'CIRCUIT_OPTIONS: option: got "openms"; allowed is failureRate,'],
    [{ store: {} }, 'CIRCUIT_OPTIONS: option: got "store"'],
    [
      { default: {}, openMs: 1 },
      'CIRCUIT_OPTIONS: got "openMs"; allowed is nothing beside default and circuits',
    ],
    [{ default: 5 }, 'CIRCUIT_OPTIONS: default: got 5; allowed is an object'],
    [{ default: { probes: 0 } }, 'CIRCUIT_OPTIONS: default: probes: got 0'],
    [{ circuits: ['payments'] }, 'CIRCUIT_OPTIONS: circuits: got an array; allowed is an object'],
    [
      { circuits: { payments: null } },
      'CIRCUIT_OPTIONS: circuits: "payments": got null; allowed is an object',
    ],
    [{ circuits: { payments: { openMs: '5' } } }, 'CIRCUIT_OPTIONS: circuits: "payments": openMs: got "5"'],
    [
      { circuits: { '': {} } },
      'CIRCUIT_OPTIONS: circuits: "": got ""; allowed is a name of 1 to 256 characters',
    ],
  ])('refuses CIRCUIT_OPTIONS %j', (options, message) => {
    expect(() => policiesOf(options)).toThrow(message)
  })
})
