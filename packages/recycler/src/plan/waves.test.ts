import { describe, expect, it } from 'vitest'
import type { ServiceFacts } from '../model.ts'
import { anInput, aService, hour, minute, movedAt } from './facts.fixture.ts'
import { plan } from './plan.ts'
import { dueWave } from './waves.ts'

const later = (name: string, fields: Record<string, string>): ServiceFacts =>
  aService(name, { tags: { 'breakwater:recycle': 'true', ...fields } })

function due(services: readonly ServiceFacts[], now: number, canaryDone = false) {
  const next = dueWave(plan(anInput(services, { now, canaryDone })), now)
  return next?.wave ? next.wave.services.map(({ name }) => name.slice(5)) : next?.waitUntil
}

describe('what is due', () => {
  it('is nothing where nothing is to be recycled', () => {
    expect(due([], movedAt)).toBeUndefined()
    expect(due([aService('a', { desired: 0, running: 0 })], movedAt)).toBeUndefined()
  })

  it('is the canary once the quiet period is over, and nothing else before it', () => {
    const services = [aService('a'), aService('b')]
    expect(due(services, movedAt + minute - 1)).toBe(movedAt + minute)
    expect(due(services, movedAt + minute)).toEqual(['a'])
    expect(due(services, movedAt + hour)).toEqual(['a'])
  })

  it('is what follows the canary, as far as its time has come', () => {
    const services = [aService('a'), later('b', { 'breakwater:delay': '1h' }), aService('c')]
    expect(due(services, movedAt + minute, true)).toEqual(['a', 'c'])
    expect(due(services, movedAt + minute + hour, true)).toEqual(['a', 'c', 'b'])
    expect(due([services[1]!], movedAt + minute, true)).toBe(movedAt + minute + hour)
  })

  it('is a later wave where an earlier one has to wait for its window', () => {
    const early = later('early', { 'breakwater:window': '20:00-21:00' })
    const late = later('late', { 'breakwater:wave': '5' })
    expect(due([early, late], movedAt + minute, true)).toEqual(['late'])
    expect(due([early], movedAt + minute, true)).toBe(movedAt + 10 * hour)
  })

  it('is the canary alone of a plan that is older than now', () => {
    const made = plan(anInput([aService('a'), later('b', { 'breakwater:delay': '1m' })], { now: movedAt }))
    expect(dueWave(made, movedAt + hour)?.wave).toMatchObject({ number: 1, name: 'canary' })
  })
})
