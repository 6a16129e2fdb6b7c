import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import { Engine } from './engine.ts'
import { Environment } from './environment.ts'
import { Random } from './random.ts'

describe('virtual time', () => {
  it('runs tasks in the order of their times, and of their creation where times are equal', async () => {
    const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200, size: 'max' })
    await fc.assert(
      fc.asyncProperty(times, async given => {
        const engine = new Engine(0)
        const ran: [number, number][] = []
        for (const [index, at] of given.entries()) engine.at(at, () => ran.push([engine.now, index]))
        await engine.run(100)
        expect(ran).toEqual(
          given.map((at, index) => [at, index]).sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!),
        )
      }),
      { numRuns: runs(20, 500) },
    )
  })

  it('lets everything settle between two tasks of the same time', async () => {
    const engine = new Engine(0)
    const log: string[] = []
    engine.after(10, async () => {
      for (const step of 'abc') {
        await new Promise<void>(resolve => process.nextTick(resolve))
        log.push(step)
      }
    })
    engine.after(10, () => log.push('next'))
    await engine.run(10)
    expect(log).toEqual(['a', 'b', 'c', 'next'])
  })

  it('runs no cancelled task, a late one at once, and none beyond its end', async () => {
    const engine = new Engine(100)
    const log: string[] = []
    engine.cancel(engine.after(5, () => log.push('cancelled')))
    engine.at(0, () => log.push(`late at ${engine.now}`))
    engine.after(20, () => log.push('beyond'))
    await engine.run(110)
    expect([log, engine.now, engine.steps]).toEqual([['late at 100'], 110, 1])
    await engine.run(120)
    expect(log).toContain('beyond')
  })
})

describe('an environment', () => {
  const start = () => {
    const engine = new Engine(1_000)
    return { engine, environment: new Environment(engine, 1, 0) }
  }

  it('fires no timer and takes no answer while frozen; both come late, on the thaw', async () => {
    const { engine, environment } = start()
    const log: string[] = []
    environment.enter()
    environment.setTimeout(() => log.push(`timer at ${engine.now}`), 50)
    environment.leave()
    environment.deliver(() => log.push(`answer at ${engine.now}`))
    await engine.run(2_000)
    expect(log).toEqual([])
    environment.enter()
    await engine.run(2_000)
    expect(log.sort()).toEqual(['answer at 2000', 'timer at 2000'])
  })

  it('may see timers before answers on a thaw, or after, depending on the environment', async () => {
    const orders = new Set<string>()
    for (const id of [1, 2]) {
      const engine = new Engine(0)
      const environment = new Environment(engine, id, 0)
      const log: string[] = []
      environment.setTimeout(() => log.push('timer'), 1)
      environment.deliver(() => log.push('answer'))
      await engine.run(10)
      environment.enter()
      await engine.run(10)
      orders.add(log.join())
    }
    expect(orders).toEqual(new Set(['timer,answer', 'answer,timer']))
  })

  it('stays awake until its last call has ended', async () => {
    const { engine, environment } = start()
    let fired = 0
    environment.enter()
    environment.enter()
    environment.setTimeout(() => fired++, 10)
    environment.leave()
    await engine.run(2_000)
    expect([fired, environment.frozen, environment.pending]).toEqual([1, false, 0])
  })

  it('does nothing once it is dead', async () => {
    const { engine, environment } = start()
    let happened = 0
    environment.enter()
    environment.setTimeout(() => happened++, 10)
    environment.kill()
    environment.deliver(() => happened++)
    await engine.run(2_000)
    expect([happened, environment.pending]).toEqual([0, 0])
  })

  it('has a clock of its own, in whole milliseconds, and timers that can be cleared', async () => {
    const engine = new Engine(1_000.7)
    const environment = new Environment(engine, 1, -250)
    expect(environment.now()).toBe(750)
    let fired = 0
    environment.enter()
    environment.clearTimeout(environment.setTimeout(() => fired++, 10))
    environment.clearTimeout(undefined)
    await engine.run(2_000)
    expect(fired).toBe(0)
  })
})

describe('a source of random numbers', () => {
  const many = (draw: () => number) => Array.from({ length: 20_000 }, draw)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

  it('is the same for the same seed, and a stream of its own for each label', () => {
    const draw = (random: Random) => Array.from({ length: 5 }, random.next)
    expect(draw(new Random(7))).toEqual(draw(new Random('7')))
    expect(draw(new Random(7))).not.toEqual(draw(new Random(8)))
    const random = new Random(7)
    const before = draw(random.fork('a'))
    random.next()
    expect(draw(random.fork('a'))).toEqual(before)
    expect(draw(random.fork('b'))).not.toEqual(before)
  })

  it('stays in its range, and is spread over it', () => {
    const random = new Random('spread')
    const values = many(random.next)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThan(1)
    expect(mean(values)).toBeCloseTo(0.5, 1)
    expect(new Set(many(() => random.integer(6)))).toEqual(new Set([0, 1, 2, 3, 4, 5]))
    expect(mean(many(() => random.between(10, 20)))).toBeCloseTo(15, 0)
    expect(mean(many(() => (random.chance(0.2) ? 1 : 0)))).toBeCloseTo(0.2, 1)
  })

  it('has the waiting times of a Poisson process, and the latencies of a network', () => {
    const random = new Random('laws')
    expect(mean(many(() => random.exponential(20)))).toBeCloseTo(20, -0.5)
    const latencies = many(() => random.lognormal(50, 0.5)).sort((a, b) => a - b)
    expect(latencies[10_000]!).toBeCloseTo(50, -0.5)
    expect(latencies[19_800]! / latencies[10_000]!).toBeCloseTo(3.2, 0)
  })
})
