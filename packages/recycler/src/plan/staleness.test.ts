import { describe, expect, it } from 'vitest'
import type { DeploymentFacts } from '../model.ts'
import { aDeployment, aMove, aRecycle, aService, movedAt } from './facts.fixture.ts'
import { isStale, stalenessOf } from './staleness.ts'

const move = aMove()
const began = (createdAt: number, fields = {}) =>
  aService('app', { deployments: [aDeployment({ createdAt, ...fields })] })

describe('staleness', () => {
  it('is a matter of when the primary deployment began', () => {
    expect(stalenessOf(began(movedAt - 1), move)).toBe('stale')
    expect(stalenessOf(began(movedAt + 1_000), move)).toBe('fresh')
    expect(isStale(began(movedAt - 1), move)).toBe(true)
    expect(isStale(began(movedAt + 1_000), move)).toBe(false)
  })

  it('counts the whole second of the move, as events have whole seconds', () => {
    expect(stalenessOf(began(movedAt + 999), move)).toBe('stale')
  })

  it('looks at no deployment but the primary', () => {
    const old = aDeployment({ id: 'old', status: 'ACTIVE' })
    const deployments = [old, aDeployment({ createdAt: movedAt + 60_000, rolloutState: 'IN_PROGRESS' })]
    expect(stalenessOf(aService('app', { deployments }), move)).toBe('fresh')
  })

  it('is what an older deployment leaves running where the primary one failed, whoever began it', () => {
    const old = aDeployment({ id: 'old', status: 'ACTIVE', running: 2 })
    const failed = aDeployment({ createdAt: movedAt + 60_000, rolloutState: 'FAILED' })
    const beside = (one: typeof old) => aService('app', { deployments: [failed, one] })
    expect(stalenessOf(beside(old), move)).toBe('stale')
    expect(stalenessOf(beside(old), move, aRecycle('app', move, { outcome: 'started' }))).toBe('stale')
    expect(stalenessOf(beside({ ...old, running: 0 }), move)).toBe('fresh')
    expect(stalenessOf(beside({ ...old, createdAt: movedAt + 2_000 }), move)).toBe('fresh')
  })

  it('is taken for granted where there is none', () => {
    expect(stalenessOf(aService('app', { deployments: [] }), move)).toBe('stale')
  })

  it('ends with a recycle for this move or a later one of the same label, and for no other', () => {
    const service = began(movedAt - 1)
    const served = (fields: object) => stalenessOf(service, move, aRecycle('app', { ...move, ...fields }))
    expect(served({})).toBe('already-recycled')
    expect(served({ sequence: 3 })).toBe('already-recycled')
    expect(served({ sequence: 1 })).toBe('stale')
    expect(served({ label: 'blue' })).toBe('stale')
    expect(served({ source: `${move.source}x` })).toBe('stale')
    expect(stalenessOf(service, move, aRecycle('app', move, { outcome: 'started' }))).toBe('already-recycled')
    expect(stalenessOf(service, move, { service: service.service })).toBe('stale')
  })

  it('goes on where a deployment of after the move failed, and tasks of before it still run', () => {
    const failed = aDeployment({ createdAt: movedAt + 60_000, rolloutState: 'FAILED', running: 0 })
    const old = aDeployment({ id: 'old', status: 'ACTIVE' })
    const beside = (other: DeploymentFacts) => aService('app', { deployments: [failed, other] })
    expect(stalenessOf(beside(old), move)).toBe('stale')
    expect(stalenessOf(beside({ ...old, running: 0 }), move)).toBe('fresh')
    expect(stalenessOf(beside({ ...old, createdAt: movedAt + 30_000 }), move)).toBe('fresh')
    // Whatever the record says of a recycle, for which the failed one may be the deployment.
    expect(stalenessOf(beside(old), move, aRecycle('app', move, { outcome: 'started' }))).toBe('stale')
  })

  it('goes on after a recycle that failed and left the old tasks in place', () => {
    const failed = aRecycle('app', move, { outcome: 'failed', deployment: 'ecs-svc/2' })
    const primary = { id: 'ecs-svc/2', rolloutState: 'FAILED' }
    expect(stalenessOf(began(movedAt + 60_000, primary), move, failed)).toBe('stale')
    expect(stalenessOf(began(movedAt - 1), move, failed)).toBe('stale')
    // Rolled back: what started after the move has read the new version, too.
    expect(stalenessOf(began(movedAt + 60_000, { id: 'ecs-svc/3' }), move, failed)).toBe('fresh')
    // Not over yet, whatever the record says.
    const underWay = { id: 'ecs-svc/2', rolloutState: 'IN_PROGRESS' }
    expect(stalenessOf(began(movedAt + 60_000, underWay), move, failed)).toBe('fresh')
  })
})
