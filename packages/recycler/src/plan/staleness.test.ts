import { describe, expect, it } from 'vitest'
import type { DeploymentFacts } from '../model.ts'
import { aDeployment, aMove, aRecycle, aService, movedAt } from './facts.fixture.ts'
import { isStale, restsOnConfirmed, stalenessOf } from './staleness.ts'

const labelChange = aMove()
const began = (createdAt: number, fields = {}) =>
  aService('app', { deployments: [aDeployment({ createdAt, ...fields })] })

describe('staleness', () => {
  it('is a matter of when the primary deployment began', () => {
    expect(stalenessOf(began(movedAt - 1), labelChange)).toBe('stale')
    expect(stalenessOf(began(movedAt + 1_000), labelChange)).toBe('fresh')
    expect(isStale(began(movedAt - 1), labelChange)).toBe(true)
    expect(isStale(began(movedAt + 1_000), labelChange)).toBe(false)
  })

  it('counts the whole second of the label change, as events have whole seconds', () => {
    expect(stalenessOf(began(movedAt + 999), labelChange)).toBe('stale')
  })

  it('was said to be over while a deployment that never ends runs nothing, and the one before runs all', () => {
    const old = aDeployment({ id: 'old', status: 'ACTIVE', running: 2 })
    const hung = aDeployment({ createdAt: movedAt + 60_000, rolloutState: 'IN_PROGRESS', running: 0 })
    const service = aService('app', { deployments: [old, hung] })
    expect(stalenessOf(service, labelChange)).toBe('stale')
    for (const outcome of ['started', 'completed', 'failed'] as const)
      expect(stalenessOf(service, labelChange, aRecycle('app', labelChange, { outcome }))).toBe('stale')
    const replaced = { ...service, deployments: [{ ...old, running: 0 }, hung] }
    expect(stalenessOf(replaced, labelChange)).toBe('fresh')
  })

  it('was judged by the deployment, of a service that was scaled to nothing and back', () => {
    const deployments = [aDeployment({ createdAt: movedAt - 3_600_000 })]
    const since = (at: number) =>
      stalenessOf(aService('app', { deployments, tasksBegan: [movedAt + 3_600_000, at] }), labelChange)
    expect(since(movedAt + 1_000)).toBe('fresh')
    expect(since(movedAt + 999)).toBe('stale')
    // And the other way about: a deployment of after does not make tasks of before new.
    const later = [aDeployment({ createdAt: movedAt + 60_000 })]
    const before = aService('app', { deployments: later, tasksBegan: [movedAt - 1] })
    expect(stalenessOf(before, labelChange)).toBe('stale')
  })

  it('was judged by a deployment of when the label was where it is now, of tasks that had been replaced in between', () => {
    const hours = (count: number) => movedAt - count * 3_600_000
    const there = {
      ...labelChange,
      bound: 'upper' as const,
      confirmed: [{ from: hours(5), until: hours(3) }],
    }
    const service = aService('app', { deployments: [aDeployment({ createdAt: hours(4) })] })
    expect(restsOnConfirmed(service, there)).toBe(true)
    const of = (...tasksBegan: number[]) => stalenessOf({ ...service, tasksBegan }, there)
    expect([of(hours(4)), of(hours(4), movedAt + 1_000)]).toEqual(['fresh', 'fresh'])
    expect([of(hours(2)), of(hours(4), hours(2), movedAt + 1_000)]).toEqual(['stale', 'stale'])
    expect(restsOnConfirmed({ ...service, tasksBegan: [hours(4)] }, there)).toBe(false)
    for (const createdAt of [hours(2), movedAt + 1_000])
      expect(restsOnConfirmed(aService('app', { deployments: [aDeployment({ createdAt })] }), there)).toBe(
        false,
      )
  })

  it('is what an older deployment leaves running where the primary one failed, whatever began it', () => {
    const old = aDeployment({ id: 'old', status: 'ACTIVE', running: 2 })
    const failed = aDeployment({ createdAt: movedAt + 60_000, rolloutState: 'FAILED' })
    const beside = (one: typeof old) => aService('app', { deployments: [failed, one] })
    expect(stalenessOf(beside(old), labelChange)).toBe('stale')
    expect(stalenessOf(beside(old), labelChange, aRecycle('app', labelChange, { outcome: 'started' }))).toBe(
      'stale',
    )
    expect(stalenessOf(beside({ ...old, running: 0 }), labelChange)).toBe('fresh')
    expect(stalenessOf(beside({ ...old, createdAt: movedAt + 2_000 }), labelChange)).toBe('fresh')
  })

  it('is taken for granted where there is none', () => {
    expect(stalenessOf(aService('app', { deployments: [] }), labelChange)).toBe('stale')
  })

  it('ends with a recycle for this label change or a later one of the same label, and for no other', () => {
    const service = began(movedAt - 1)
    const served = (fields: object) =>
      stalenessOf(service, labelChange, aRecycle('app', { ...labelChange, ...fields }))
    expect(served({})).toBe('already-recycled')
    expect(served({ sequence: 3 })).toBe('already-recycled')
    expect(served({ sequence: 1 })).toBe('stale')
    expect(served({ label: 'blue' })).toBe('stale')
    expect(served({ source: `${labelChange.source}x` })).toBe('stale')
    expect(stalenessOf(service, labelChange, aRecycle('app', labelChange, { outcome: 'started' }))).toBe(
      'already-recycled',
    )
    expect(stalenessOf(service, labelChange, { service: service.service })).toBe('stale')
  })

  it('goes on where a deployment of after the label change failed, and tasks of before it still run', () => {
    const failed = aDeployment({ createdAt: movedAt + 60_000, rolloutState: 'FAILED', running: 0 })
    const old = aDeployment({ id: 'old', status: 'ACTIVE' })
    const beside = (other: DeploymentFacts) => aService('app', { deployments: [failed, other] })
    expect(stalenessOf(beside(old), labelChange)).toBe('stale')
    expect(stalenessOf(beside({ ...old, running: 0 }), labelChange)).toBe('fresh')
    expect(stalenessOf(beside({ ...old, createdAt: movedAt + 30_000 }), labelChange)).toBe('fresh')
    // Whatever the record says of a recycle, for which the failed one may be the deployment.
    expect(stalenessOf(beside(old), labelChange, aRecycle('app', labelChange, { outcome: 'started' }))).toBe(
      'stale',
    )
  })

  it('goes on after a recycle that failed and left the old tasks in place', () => {
    const failed = aRecycle('app', labelChange, { outcome: 'failed', deployment: 'ecs-svc/2' })
    const primary = { id: 'ecs-svc/2', rolloutState: 'FAILED' }
    expect(stalenessOf(began(movedAt + 60_000, primary), labelChange, failed)).toBe('stale')
    expect(stalenessOf(began(movedAt - 1), labelChange, failed)).toBe('stale')
    // Rolled back: what started after the label change has read the new version, too.
    expect(stalenessOf(began(movedAt + 60_000, { id: 'ecs-svc/3' }), labelChange, failed)).toBe('fresh')
    // Not over yet, whatever the record says.
    const underWay = { id: 'ecs-svc/2', rolloutState: 'IN_PROGRESS' }
    expect(stalenessOf(began(movedAt + 60_000, underWay), labelChange, failed)).toBe('fresh')
  })
})
