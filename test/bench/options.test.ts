import { describe, expect, it } from 'vitest'
import { OptionError } from '../command-line.ts'
import { caseNames, otherNames } from './cases.ts'
import { helpText, parseOptions } from './options.ts'

describe('parseOptions', () => {
  it('measures all by default', () => {
    expect(parseOptions([])).toEqual({
      help: false,
      json: false,
      docs: false,
      only: undefined,
      warmUpCalls: 500_000,
      rounds: 21,
      processes: 3,
    })
  })

  it('takes names in lists and one by one', () => {
    const { only } = parseOptions(['--only', 'closed,failing', '--only', 'keys'])
    expect(only).toEqual(new Set(['closed', 'failing', 'keys']))
  })

  it('takes numbers and flags', () => {
    const args = ['--warm-up', '2', '--rounds', '5', '--processes', '1', '--json']
    expect(parseOptions(args)).toMatchObject({ warmUpCalls: 2, rounds: 5, processes: 1, json: true })
    expect(parseOptions(['--docs']).docs).toBe(true)
    expect(parseOptions(['--help']).help).toBe(true)
  })

  it.each([
    [['--only', 'closed,opne'], '--only must be of closed, closed-consecutive, ', 'got "opne"'],
    [['--only', ''], '--only must be of', 'got ""'],
    [['--rounds', '0'], '--rounds must be a whole number from 1 to 1000', 'got "0"'],
    [['--rounds', '1.5'], '--rounds must be a whole number from 1 to 1000', 'got "1.5"'],
    [['--rounds', '1001'], '--rounds must be a whole number from 1 to 1000', 'got "1001"'],
    [['--warm-up', '0'], '--warm-up must be a whole number from 1 to 10000000', 'got "0"'],
    [['--processes', 'many'], '--processes must be a whole number from 1 to 100', 'got "many"'],
    [
      ['--rounds'],
      '--rounds',
      'Allowed are --only, --warm-up, --rounds, --processes, --json, --docs, --help',
    ],
    [['--fast'], '--fast', 'Allowed are --only'],
    [['closed'], 'closed', 'Allowed are --only'],
    [['--docs', '--json'], '--docs', 'neither --only nor --json'],
    [['--docs', '--only', 'keys'], '--docs', 'neither --only nor --json'],
  ])('refuses %j', (args, named, allowed) => {
    const parse = () => parseOptions(args)
    expect(parse).toThrow(OptionError)
    expect(parse).toThrow(named)
    expect(parse).toThrow(allowed)
  })
})

it('the help names every option and everything that can be measured', () => {
  for (const option of ['--only', '--warm-up', '--rounds', '--processes', '--json', '--docs', '--help'])
    expect(helpText).toContain(`  ${option}`)
  for (const name of [...caseNames, ...otherNames]) expect(helpText).toContain(name)
})
