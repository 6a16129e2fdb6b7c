import { describe, expect, it } from 'vitest'
import type { DeploymentFacts, ServiceFacts } from '../model.ts'
import { underWay } from '../plan/staleness.ts'
import { outcomeOf, pollSeconds } from './deployment.ts'

const startedAt = 1_800_000_000_000
const minute = 60_000

function deployment(more: Partial<DeploymentFacts> = {}): DeploymentFacts {
  return {
    id: 'mine',
    status: 'PRIMARY',
    rolloutState: 'IN_PROGRESS',
    taskDefinition: 'app:1',
    createdAt: startedAt,
    desired: 2,
    running: 2,
    failed: 0,
    ...more,
  }
}
const before = (more: Partial<DeploymentFacts> = {}) =>
  deployment({ id: 'before', createdAt: startedAt - 1_000_000, rolloutState: 'COMPLETED', ...more })
const later = (more: Partial<DeploymentFacts> = {}) =>
  deployment({ id: 'later', createdAt: startedAt + 5 * minute, ...more })
const { rolloutState: _, ...untold } = deployment()

function service(deployments: DeploymentFacts[], more: Partial<ServiceFacts> = {}): ServiceFacts {
  return {
    cluster: 'c',
    service: 's',
    name: 'shop/web',
    status: 'ACTIVE',
    scheduling: 'REPLICA',
    controller: 'ECS',
    strategy: 'ROLLING',
    taskDefinition: 'app:1',
    desired: 2,
    running: 2,
    minimumHealthy: 100,
    maximum: 200,
    circuitBreaker: false,
    rollback: false,
    alarms: false,
    tags: {},
    deployments,
    ...more,
  }
}

interface Case {
  readonly what: string
  readonly deployments: DeploymentFacts[]
  readonly more?: Partial<ServiceFacts>
  readonly afterMs?: number
  /** The state, and what its reason says. */
  readonly is: readonly ['in-progress' | 'completed' | 'gone'] | readonly ['failed', RegExp]
}

const active = { status: 'ACTIVE' } as const
const failed = { rolloutState: 'FAILED', reason: 'tasks failed to start' } as const
const bluegreen = { strategy: 'BLUE_GREEN' } as const

const cases: readonly Case[] = [
  { what: 'goes on', deployments: [deployment(), before(active)], is: ['in-progress'] },
  { what: 'is over', deployments: [deployment({ rolloutState: 'COMPLETED' })], is: ['completed'] },
  {
    what: 'is over, and another began after it',
    deployments: [later(), deployment({ rolloutState: 'COMPLETED', ...active })],
    is: ['completed'],
  },
  {
    what: 'failed, with a deployment circuit breaker and no rollback',
    deployments: [deployment(failed), before(active)],
    is: ['failed', /^tasks failed to start$/],
  },
  {
    what: 'failed for no reason',
    deployments: [deployment({ rolloutState: 'FAILED' })],
    is: ['failed', /failed/],
  },
  {
    what: 'failed and is being rolled back to the one before',
    deployments: [before({ rolloutState: 'IN_PROGRESS' }), deployment({ ...failed, ...active })],
    is: ['failed', /tasks failed to start/],
  },
  {
    what: 'was rolled back to the one before, and is forgotten',
    deployments: [before()],
    is: ['failed', /rolled back, which does not bring the old version back$/],
  },
  {
    what: 'was rolled back by a new deployment that says so',
    deployments: [
      later({ reason: 'ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.' }),
    ],
    is: ['failed', /rolled back.*rolling back to deploymentId/],
  },
  {
    what: 'is being drained for the one before, and its state is not given',
    deployments: [before({ rolloutState: 'IN_PROGRESS' }), { ...untold, ...active }],
    is: ['failed', /rolled back/],
  },
  {
    what: 'takes as long as it may, without a circuit breaker',
    deployments: [deployment({ running: 1, failed: 7 }), before(active)],
    afterMs: 30 * minute - 1,
    is: ['in-progress'],
  },
  {
    what: 'takes too long, without a circuit breaker',
    deployments: [deployment({ running: 1, failed: 7 }), before(active)],
    afterMs: 30 * minute,
    is: ['failed', /^not over after 30 minutes \(1 of 2 tasks run, 7 failed\)$/],
  },
  {
    what: 'made way for a later one, which goes on and has time of its own',
    deployments: [later(), deployment(active)],
    afterMs: 34 * minute,
    is: ['in-progress'],
  },
  {
    what: 'made way for a later one, which takes too long',
    deployments: [later(), deployment(active)],
    afterMs: 35 * minute,
    is: ['failed', /^deployment later, which took the place of its own: not over after 30 minutes/],
  },
  {
    what: 'made way for a later one, which is over',
    deployments: [later({ rolloutState: 'COMPLETED' })],
    is: ['completed'],
  },
  {
    what: 'made way for a later one, which failed',
    deployments: [later(failed), deployment(active)],
    is: ['failed', /^deployment later, .*tasks failed to start$/],
  },
  {
    what: 'belongs to a service that drains',
    deployments: [deployment()],
    more: { status: 'DRAINING' },
    is: ['gone'],
  },
  {
    what: 'belongs to a service that is gone',
    deployments: [],
    more: { status: 'INACTIVE' },
    is: ['gone'],
  },
  { what: 'is nowhere', deployments: [], is: ['in-progress'] },
  {
    what: 'is nowhere for too long',
    deployments: [],
    afterMs: 30 * minute,
    is: ['failed', /^not over after 30 minutes$/],
  },
  {
    what: 'is blue/green and bakes',
    deployments: [deployment(), before(active)],
    more: bluegreen,
    is: ['in-progress'],
  },
  {
    what: 'is blue/green and over',
    deployments: [deployment({ rolloutState: 'COMPLETED' }), before({ ...active, running: 0 })],
    more: bluegreen,
    is: ['completed'],
  },
  {
    what: 'is blue/green and was rolled back by an alarm',
    deployments: [
      before({ reason: 'Service deployment rolled back because of alarm latency.' }),
      deployment({ ...failed, ...active }),
    ],
    more: bluegreen,
    is: ['failed', /tasks failed/],
  },
  { what: 'tells no state and runs alone', deployments: [untold], is: ['completed'] },
  { what: 'tells no state and runs too few', deployments: [{ ...untold, running: 1 }], is: ['in-progress'] },
  {
    what: 'tells no state while the one before still runs',
    deployments: [untold, before(active)],
    is: ['in-progress'],
  },
]

describe('outcomeOf a deployment that', () => {
  for (const { what, deployments, more, afterMs = 10 * minute, is } of cases) {
    it(`${what}: ${is[0]}`, () => {
      const answer = outcomeOf(
        service(deployments, more),
        'mine',
        startedAt,
        startedAt + afterMs,
        30 * minute,
      )
      expect(answer).toEqual(
        is[0] === 'failed' ? { state: 'failed', reason: expect.stringMatching(is[1]) } : { state: is[0] },
      )
    })
  }

  it('was of a service that is not there: gone', () => {
    expect(outcomeOf(undefined, 'mine', startedAt, startedAt, minute).state).toBe('gone')
  })
})

describe('underWay', () => {
  const busy: readonly [string, DeploymentFacts[], string | undefined][] = [
    ['a deployment that goes on', [deployment(), before(active)], 'mine'],
    ['one that is over', [before()], undefined],
    ['one that failed, and left the one before running', [deployment(failed), before(active)], undefined],
    ['a rollback', [before({ rolloutState: 'IN_PROGRESS' }), deployment({ ...failed, ...active })], 'before'],
    ['one that tells no state and runs too few', [{ ...untold, running: 0 }], 'mine'],
    ['one that tells no state and is done', [untold], undefined],
    ['one that is inactive', [before(), deployment({ status: 'INACTIVE' })], undefined],
    ['none', [], undefined],
  ]
  for (const [what, deployments, id] of busy) {
    it(`knows ${what}`, () => expect(underWay(service(deployments))?.id).toBe(id))
  }
})

describe('the wait before a deployment is looked at again', () => {
  it.each([
    [-5_000, 3],
    [0, 3],
    [18_000, 3],
    [19_000, 4],
    [120_000, 20],
    [359_000, 60],
    [1_800_000, 60],
    [3_600_000, 180],
  ])('%d ms after it began is %d s', (elapsedMs, seconds) => {
    expect(pollSeconds(elapsedMs)).toBe(seconds)
  })

  it.each([
    ['a minute', 60_000, 14],
    ['three minutes', 180_000, 21],
    ['half an hour', 1_800_000, 49],
    ['eight hours', 28_800_000, 106],
  ])('lets one of %s be looked at so often', (_, tookMs, polls) => {
    let assessment = 0
    for (let elapsedMs = 0; elapsedMs < tookMs; assessment++) elapsedMs += pollSeconds(elapsedMs) * 1_000
    expect(assessment).toBe(polls)
  })
})
