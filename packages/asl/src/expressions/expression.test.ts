import { describe, expect, it } from 'vitest'
import { run } from '../asl.fixture.ts'
import { VirtualClock } from '../time/clock.ts'

const evaluate = (expression: string, input: unknown = {}, random = () => 0.25) => {
  const A = { Type: 'Pass', Output: `{% ${expression} %}`, End: true }
  return run({ A }, { input, random, clock: new VirtualClock(1_000) })
}

describe('the functions of Step Functions', () => {
  it.each([
    ['$partition([1..5], 2)', [[1, 2], [3, 4], [5]]],
    ['$partition([], 2)', []],
    ['$range(1, 9, 3)', [1, 4, 7]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ['$range(0, 2)', [0, 1, 2]],
    ["$hash('', 'MD5')", 'd41d8cd98f00b204e9800998ecf8427e'],
    ["$hash('abc', 'SHA-1')", 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ["$length($hash('abc', 'SHA-512'))", 128],
    ['$parse(\'{"a":[1,{"b":null}]}\')', { a: [1, { b: null }] }],
    ['$random()', 0.25],
    ['$random(7) = $random(7) and $random(7) != $random(8) and $random(7) < 1', true],
    ['$uuid()', '40404040-4040-4040-8040-404040404040'],
    ['$millis()', 1_000],
    ['$now()', '1970-01-01T00:00:01.000Z'],
    ["$now('[H01]:[m01]:[s01]', '+0100')", '01:00:01'],
  ])('%s', async (expression, output) => {
    expect((await evaluate(expression)).output).toEqual(output)
  })

  it.each([
    ['$partition([1], 0)', '$partition'],
    ['$range(1, 2, 0)', 'step'],
    ['$range(1, 1001)', 'at most 1000'],
    ["$hash('a', 'CRC32')", 'MD5'],
    ["$parse('{')", '$parse'],
    ["'a' + 1", 'T2001'],
    ['$states.input.missing', 'returned nothing'],
    ['function($x){$x}', 'unsupported result type'],
    ["{'f': $sum}", 'unsupported result type'],
    ['$unknown()', 'T1006'],
  ])('%s fails', async (expression, why) => {
    const { error, cause } = await evaluate(expression)
    expect(error).toBe('States.QueryEvaluationError')
    expect(cause).toContain(why)
    expect(cause).toContain("for the field 'Output'")
  })
})

describe('values', () => {
  it.each([[null], [0], [''], [false], [[]], [[[1]]], [{}], [{ a: [{ b: [1] }] }]])(
    '%j stays what it is',
    async input => {
      expect((await evaluate('$states.input', input)).output).toEqual(input)
    },
  )

  it('of a task may have any name, and none is taken for a function', async () => {
    const input = JSON.parse('{"__proto__":1,"constructor":2,"then":3}')
    expect(JSON.stringify((await evaluate('$states.input', input)).output)).toBe(JSON.stringify(input))
  })
})
