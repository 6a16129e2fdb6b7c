import { VirtualClock } from '@breakwater/circuit/testing'
import { expect, it } from 'vitest'
import { Agenda } from './agenda.ts'

it('runs steps in their order and at their time, with one timer', async () => {
  const clock = new VirtualClock(0)
  const agenda = new Agenda(clock)
  const ran: string[] = []
  const note = (name: string) => () => void ran.push(`${name} at ${agenda.now()}`)
  agenda.after(20, note('c'))
  agenda.after(10, note('a'))
  agenda.after(10, note('b'))
  expect(clock.pending).toBe(1)
  await clock.advance(30)
  expect(ran).toEqual(['a at 10', 'b at 10', 'c at 20'])
  expect(clock.pending).toBe(0)
})

it('gives late steps their own time, and what follows from them', () => {
  const clock = new VirtualClock(0)
  const agenda = new Agenda(clock)
  const ran: number[] = []
  agenda.after(10, () => {
    ran.push(agenda.now())
    agenda.after(15, () => void ran.push(agenda.now()))
    agenda.catchUp()
  })
  clock.freeze(1_000)
  agenda.catchUp()
  expect(ran).toEqual([10, 25])
  expect(agenda.now()).toBe(1_000)
  expect(clock.pending).toBe(0)
})

it('goes on after a step that throws', async () => {
  const clock = new VirtualClock(0)
  const agenda = new Agenda(clock)
  let ran = false
  agenda.after(10, () => {
    throw new Error('a step')
  })
  agenda.after(10, () => {
    ran = true
  })
  clock.freeze(10)
  expect(() => agenda.catchUp()).toThrow('a step')
  await clock.advance(0)
  expect(ran).toBe(true)
})

it('leaves no timer behind once closed', async () => {
  const clock = new VirtualClock(0)
  const agenda = new Agenda(clock)
  agenda.after(10, () => expect.unreachable())
  agenda.close()
  expect(clock.pending).toBe(0)
  agenda.after(10, () => expect.unreachable())
  expect(clock.pending).toBe(0)
  await clock.advance(20)
})
