import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Dependencies, main } from './main.ts'
import { type Part, parts } from './parts.ts'
import { planText } from './report.ts'

const minuteMs = 60_000
const part = (name: string, minutes: number): Part => ({
  name,
  minutes,
  what: `does ${name}`,
  npm: ['run', name],
})
const three = [part('one', 1), part('two', 2), part('three', 3)]

/** Parts take twice as long as expected, and the clock moves only in them. */
async function play(args: readonly string[], fails: readonly string[] = []) {
  let text = ''
  let now = 0
  let tick = () => {}
  const ran: string[] = []
  const write = (more: string) => (text += more)
  const dependencies: Dependencies = {
    stdout: { write },
    stderr: { write },
    clock: {
      now: () => now,
      every(_ms, callback) {
        tick = callback
        return () => (tick = () => {})
      },
    },
    async run({ name, minutes }) {
      ran.push(name)
      now += minutes * minuteMs
      tick()
      now += minutes * minuteMs
      return !fails.includes(name)
    },
    outputOf: ({ name }) => `output of ${name}`,
  }
  return {
    code: await main(args, three, dependencies),
    text: text.trimEnd().split('\n'),
    ran,
  }
}

describe('the long tier', () => {
  it('says what it will take, where it stands, and ends with a line for each part and one for all', async () => {
    const { code, text, ran } = await play([])
    expect(code).toBe(0)
    expect(ran).toEqual(['one', 'two', 'three'])
    expect(text).toEqual([
      'one        60 s  does one',
      'two       2 min  does two',
      'three     3 min  does three',
      'total  about 6 min on two cores',
      '',
      '0 of 3 parts (one), 0 s, about 6 min left',
      '0 of 3 parts (one), 60 s, about 5 min left',
      '1 of 3 parts, 2 min, about 10 min left',
      'one: ok after 2 min',
      '1 of 3 parts (two), 4 min, about 8 min left',
      '2 of 3 parts, 6 min, about 6 min left',
      'two: ok after 4 min',
      '2 of 3 parts (three), 9 min, about 3 min left',
      '3 of 3 parts, 12 min',
      'three: ok after 6 min',
      '3 parts in 12 min',
      '',
      'one    ok      2 min',
      'two    ok      4 min',
      'three  ok      6 min',
      'total  ok      12 min',
    ])
  })

  it('goes on after a part that failed, shows its output, and fails', async () => {
    const { code, text, ran } = await play([], ['one', 'three'])
    expect(code).toBe(1)
    expect(ran).toEqual(['one', 'two', 'three'])
    expect(text).toContain('output of one')
    expect(text).not.toContain('output of two')
    expect(text.slice(-4)).toEqual([
      'one    FAILED  2 min',
      'two    ok      4 min',
      'three  FAILED  6 min',
      'total  FAILED  12 min, 2 failed',
    ])
  })

  it('runs the parts that are asked for, in its own order', async () => {
    expect((await play(['--only', 'three,one'])).ran).toEqual(['one', 'three'])
    expect((await play(['--only', 'two', '--only', 'one'])).ran).toEqual(['one', 'two'])
  })

  it('lists and helps without running anything', async () => {
    const list = await play(['--list'])
    expect([list.code, list.ran, list.text]).toEqual([0, [], planText(three).split('\n')])
    const help = await play(['--help'])
    expect([help.code, help.ran]).toEqual([0, []])
    expect(help.text.join('\n')).toContain('--only A,B')
  })

  it.each([
    [['--only', 'four'], '--only: got "four"; allowed are one, two, three'],
    [['--first'], "Unknown option '--first'. Allowed are --only, --list, --help"],
  ])('refuses %j', async (args, message) => {
    const { code, ran, text } = await play(args)
    expect([code, ran, text]).toEqual([2, [], [message]])
  })
})

it('every part is a script that there is', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const names = parts.map(({ npm: [first, second] }) => (first === 'run' ? second : first))
  expect(names.filter(name => !(name! in scripts))).toEqual([])
})
