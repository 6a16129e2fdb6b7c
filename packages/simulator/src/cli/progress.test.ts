import { describe, expect, it } from 'vitest'
import { duration, Progress, type ProgressOptions } from './progress.ts'

const [secondMs, minuteMs] = [1_000, 60_000]

/** A progress in virtual time, and what it wrote. */
function started(options: Partial<ProgressOptions> & { total: number }, terminal?: { columns?: number }) {
  const written: string[] = []
  let now = 0
  const timers = new Set<() => void>()
  const progress = new Progress({
    stream: { write: text => written.push(text), isTTY: terminal !== undefined, ...terminal },
    clock: {
      now: () => now,
      every(_ms, callback) {
        timers.add(callback)
        return () => timers.delete(callback)
      },
    },
    ...options,
  })
  const wait = (ms: number) => {
    for (const end = now + ms; now < end; ) {
      now = Math.min(end, now + secondMs)
      for (const callback of timers) callback()
    }
  }
  return { progress, written, wait, timers }
}

const erased = (text: string) => `\r${text}\u001b[K`

describe('in a pipe', () => {
  it('shows a sign of life although nothing is done, then a line now and then', () => {
    const { written, wait } = started({ total: 5_000, unit: 'runs' })
    wait(secondMs)
    expect(written).toEqual(['0 of 5,000 runs, 1 s\n'])
    wait(minuteMs)
    expect(written).toHaveLength(7)
    wait(60 * minuteMs)
    expect(written.length).toBeLessThan(100)
  })

  it('says nothing about what is over at once but its end', () => {
    const { progress, written, timers } = started({ total: 1, unit: 'runs' })
    progress.done()
    progress.end()
    expect([written, timers.size]).toEqual([['1 runs in 0 s\n'], 0])
  })

  it('names the first step at once, and the one in hand later', () => {
    const { progress, written, wait } = started({ total: 3 })
    progress.begin('synthesising')
    expect(written).toEqual(['0 of 3 steps (synthesising), 0 s\n'])
    wait(5 * secondMs)
    progress.done()
    progress.begin('starting')
    wait(5 * secondMs)
    expect(written.slice(1)).toEqual(['1 of 3 steps (starting), 10 s, about 5 s left\n'])
    progress.end('ready')
    expect(written.at(-1)).toBe('ready\n')
  })
})

describe('the time left', () => {
  it('was hours because the first runs are long: is not shown before the first tenth of the work', () => {
    const { progress, written, wait } = started({ total: 100, unit: 'runs' })
    for (let done = 0; done < 9; done++) {
      wait(10 * secondMs)
      progress.done()
    }
    expect(written.join('')).not.toContain('left')
    wait(10 * secondMs)
    progress.done()
    wait(10 * secondMs)
    expect(written.at(-1)).toBe('10 of 100 runs, 2 min, about 15 min left\n')
  })

  it('goes by the size of what is done', () => {
    const { progress, written, wait } = started({ total: 3, work: 20 })
    progress.begin('large', 15)
    wait(minuteMs)
    progress.done()
    progress.begin('small', 1)
    wait(10 * secondMs)
    expect(written.at(-1)).toBe('1 of 3 steps (small), 70 s, about 16 s left\n')
  })

  it('is known at once by experience, and follows the pace of what is done', () => {
    const { progress, written, wait } = started({ total: 3, unit: 'parts', work: 6, msPerWork: minuteMs })
    progress.begin('one', 1)
    expect(written.at(-1)).toBe('0 of 3 parts (one), 0 s, about 6 min left\n')
    wait(minuteMs / 2)
    expect(written.at(-1)).toBe('0 of 3 parts (one), 30 s, about 6 min left\n')
    progress.done()
    progress.begin('two', 2)
    wait(10 * secondMs)
    expect(written.at(-1)).toContain('about 2 min left')
  })

  it('is never less than what is to come, however long a step takes', () => {
    const { progress, written, wait } = started({ total: 2, work: 3, msPerWork: minuteMs })
    progress.begin('one', 1)
    wait(10 * minuteMs)
    expect(written.at(-1)).toMatch(/about 2 min left\n$/)
  })
})

describe('on a terminal', () => {
  it('draws a bar over itself, and takes it off before the last line', () => {
    const { progress, written, wait } = started({ total: 4, unit: 'runs' }, { columns: 100 })
    progress.note = '1 failed'
    wait(secondMs)
    progress.done()
    progress.done()
    wait(secondMs)
    progress.end()
    expect(written).toEqual([
      erased('[....................] 0 of 4 runs, 1 s, 1 failed'),
      erased('[##########..........] 2 of 4 runs, 2 s, about 2 s left, 1 failed'),
      erased(''),
      '2 runs in 2 s, 1 failed\n',
    ])
  })

  it('never wraps, and clears itself for other lines', () => {
    const { progress, written } = started({ total: 4 }, { columns: 30 })
    progress.begin('a step with quite a long name')
    progress.clear()
    expect(written).toEqual([erased('[....................] 0 of 4'), erased('')])
  })
})

it.each([
  [0, '0 s'],
  [99_400, '99 s'],
  [100_000, '2 min'],
  [59.4 * minuteMs, '59 min'],
  [65 * minuteMs, '1 h 05 min'],
])('%d ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})
