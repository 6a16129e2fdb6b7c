import { describe, expect, it } from 'vitest'
import { claims } from './claims.ts'
import { helpText, parseOptions } from './options.ts'

describe('the options of npm run fleet', () => {
  it('are all claims, all seeds and docs unless given', () => {
    expect(parseOptions([])).toEqual({
      help: false,
      directory: 'docs',
      only: undefined,
      write: false,
      share: 1,
    })
  })

  it('choose claims by name, in the order given', () => {
    const { only } = parseOptions(['--only', 'open-writes,outage-1000', '--only', 'idle'])
    expect(only?.map(({ name }) => name)).toEqual(['open-writes', 'outage-1000', 'idle'])
  })

  it.each([
    [['--only', 'outage'], '--only must be of outage-500, outage-1000,'],
    [['--share', '0'], '--share must be above 0 to 1, got "0"'],
    [['--share', 'all'], '--share must be above 0 to 1, got "all"'],
    [['--write'], '--write is for --only'],
    [['docs', '0.5'], "Unexpected argument '0.5'"],
  ])('are refused by name and value: %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message)
  })
})

it('every claim has a name of its own, which the help shows', () => {
  const names = claims.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(helpText).toContain(name)
})
