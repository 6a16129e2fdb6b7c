import { VirtualClock } from '@breakwater/circuit/testing'
import { expect, it } from 'vitest'
import { TimerQueue } from './timer-queue.ts'

it('the timer queue runs timers in their order and at their time, with one timer of the clock', async () => {
  const clock = new VirtualClock(0)
  const timers = new TimerQueue(clock)
  const ran: string[] = []
  const note = (name: string) => () => void ran.push(`${name} at ${timers.now()}`)
  timers.after(20, note('c'))
  timers.after(10, note('a'))
  timers.after(10, note('b'))
  expect(clock.pending).toBe(1)
  await clock.advance(30)
  expect(ran).toEqual(['a at 10', 'b at 10', 'c at 20'])
  expect(clock.pending).toBe(0)
})

it('the timer queue gives late timers their own time, and what follows from them', () => {
  const clock = new VirtualClock(0)
  const timers = new TimerQueue(clock)
  const ran: number[] = []
  timers.after(10, () => {
    ran.push(timers.now())
    timers.after(15, () => void ran.push(timers.now()))
    timers.runDue()
  })
  clock.freeze(1_000)
  timers.runDue()
  expect(ran).toEqual([10, 25])
  expect(timers.now()).toBe(1_000)
  expect(clock.pending).toBe(0)
})

it('the timer queue goes on after a timer that throws', async () => {
  const clock = new VirtualClock(0)
  const timers = new TimerQueue(clock)
  let ran = false
  timers.after(10, () => {
    throw new Error('a timer')
  })
  timers.after(10, () => {
    ran = true
  })
  clock.freeze(10)
  expect(() => timers.runDue()).toThrow('a timer')
  await clock.advance(0)
  expect(ran).toBe(true)
})

it('the timer queue leaves no timer behind once closed', async () => {
  const clock = new VirtualClock(0)
  const timers = new TimerQueue(clock)
  timers.after(10, () => expect.unreachable())
  timers.close()
  expect(clock.pending).toBe(0)
  timers.after(10, () => expect.unreachable())
  expect(clock.pending).toBe(0)
  await clock.advance(20)
})
