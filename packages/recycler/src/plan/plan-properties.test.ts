import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import type { DeploymentFacts, LabelChange, ServiceFacts, ServiceRecord } from '../model.ts'
import {
  aDeployment,
  aDiscovery,
  aMove,
  anInput,
  aRecycle,
  aReference,
  aRevision,
  aService,
  hour,
  minute,
  movedAt,
  secretArn,
  someTasks,
  taskDefinitionArn,
} from './facts.fixture.ts'
import { checkPlanOptions } from './options.ts'
import { plan } from './plan.ts'
import { renderPlan } from './render.ts'
import type { Plan, PlanInput } from './types.ts'
import { isOpen, readWindow } from './window.ts'

const labelChange = aMove()
const key = secretArn('prod/key')
const version = { versionId: 'a1b2c3d4-5678-90ab-cdef-000000000001' }

/** Task definitions by what they read. */
const revisions = [
  aRevision('db'),
  aRevision('both', { references: [aReference(), aReference(), aReference('prod/key')] }),
  aRevision('by-version', { references: [aReference('prod/db', version)] }),
  aRevision('foreign', { references: [aReference('prod/db-2'), aReference('prod/key')] }),
]
const readsIt = ['db', 'both']

const sometimes = <T>(usual: T, ...other: T[]) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...other) })

const tags = fc.record(
  {
    'breakwater:recycle': sometimes('true', 'false', 'no'),
    'breakwater:wave': fc.constantFrom('0', '1', '20'),
    'breakwater:delay': sometimes('5m', '0s', 'late'),
    'breakwater:window': sometimes('01:00-23:00', 'Sun 02:00-03:00 Europe/Lisbon', 'never'),
    'breakwater:canary': fc.constantFrom('true', 'false'),
  },
  { requiredKeys: ['breakwater:recycle'] },
)

/** A service, whatever it may be like, and the recycle that is on record. */
const some = fc.record({
  family: fc.constantFrom('db', 'db', 'both', 'by-version', 'foreign', 'missing'),
  began: fc.integer({ min: -2 * hour, max: 20 * minute }),
  rollout: sometimes('COMPLETED', 'IN_PROGRESS', 'FAILED'),
  status: sometimes('ACTIVE', 'DRAINING'),
  scheduling: sometimes('REPLICA', 'DAEMON'),
  controller: sometimes('ECS', 'CODE_DEPLOY', 'EXTERNAL', 'OTHER'),
  desired: sometimes(2, 0, 1, 7),
  circuitBreaker: fc.boolean(),
  percent: sometimes([100, 200], [100, 150], [100, 100], [0, 100]),
  olderTasks: sometimes(0, 2),
  tasksBegan: fc.option(fc.integer({ min: -hour, max: hour }), { nil: undefined, freq: 3 }),
  tags,
  served: sometimes<number | undefined>(undefined, 1, 2, 3),
  outcome: fc.constantFrom('started' as const, 'completed' as const, 'failed' as const),
})

type Some = typeof some extends fc.Arbitrary<infer T> ? T : never

const input = fc
  .record({
    list: fc.array(some, { maxLength: 25, size: 'max' }),
    keyMovedAfter: fc.option(fc.integer({ min: -hour, max: 30 * minute })),
    tasks: fc.boolean(),
    canaryDone: fc.boolean(),
    after: fc.integer({ min: 0, max: 4 * hour }),
    options: fc.record(
      {
        optIn: fc.boolean(),
        quietPeriodMs: fc.integer({ min: 0, max: 5 * minute }),
        maximumWaitMs: fc.integer({ min: 5 * minute, max: hour }),
        canaries: fc.integer({ min: 0, max: 3 }),
        waveSize: fc.integer({ min: 1, max: 5 }),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ list, keyMovedAfter, tasks, canaryDone, after, options }): PlanInput => {
    const services = list.map((one, index) => serviceOf(one, index))
    const records = list.flatMap(({ served: sequence, outcome }, index): [string, ServiceRecord][] => {
      if (sequence === undefined) return []
      return [[services[index]!.service, aRecycle(`s${index}`, aMove({ sequence }), { outcome })]]
    })
    const others =
      keyMovedAfter === null
        ? []
        : [aMove({ source: key, name: 'prod/key', movedAt: movedAt + keyMovedAfter })]
    const discovery = aDiscovery(services, {
      revisions,
      others: tasks ? [someTasks('run', { taskDefinition: taskDefinitionArn('db') })] : [],
    })
    const now = movedAt + after
    return anInput([], { discovery, others, records: new Map(records), canaryDone, now, options })
  })

function serviceOf(
  { family, began, rollout, olderTasks, tasksBegan, percent, ...fields }: Some,
  index: number,
): ServiceFacts {
  const [minimumHealthy, maximum] = percent as [number, number]
  const { status, scheduling, controller, desired, circuitBreaker, tags } = fields
  const deployments = [
    aDeployment({ id: `ecs-svc/${index}`, createdAt: movedAt + began, rolloutState: rollout }),
    aDeployment({
      id: `ecs-svc/old-${index}`,
      status: 'ACTIVE',
      createdAt: movedAt - hour,
      running: olderTasks,
    }),
  ]
  const taskDefinition = taskDefinitionArn(family)
  // As fast-check makes them, they have no prototype.
  const running = desired
  const facts = {
    status,
    scheduling,
    controller,
    desired,
    running,
    circuitBreaker,
    taskDefinition,
    deployments,
  }
  const dated = tasksBegan !== undefined && { tasksBegan: [movedAt + hour, movedAt + tasksBegan] }
  return aService(`s${index}`, { ...facts, ...dated, minimumHealthy, maximum, tags: { ...tags } })
}

const plannedOf = ({ waves }: Plan) => waves.flatMap(({ services }) => services)
const check = (property: (made: Plan, given: PlanInput) => void) =>
  fc.assert(
    fc.property(input, given => property(plan(given), given)),
    { seed: 6, numRuns: runs(200, 2_000) },
  )

/** By the words of the issue, apart from how the plan goes about it. */
function expected(
  { labelChange, records, options, now }: PlanInput,
  service: ServiceFacts,
): 'planned' | 'skipped' | 'no reader' {
  const family = revisions.find(({ arn }) => arn === service.taskDefinition)?.arn
  const reads = readsIt.some(name => taskDefinitionArn(name) === family)
  if (!reads) return family === taskDefinitionArn('by-version') ? 'skipped' : 'no reader'
  const { status, scheduling, controller, desired, tags } = service
  const able = status === 'ACTIVE' && scheduling === 'REPLICA' && controller === 'ECS' && desired > 0
  const last = records.get(service.service)?.last
  const served = last && last.outcome !== 'failed' && last.labelChange.sequence >= labelChange.sequence
  const isOld = (at: number) => at < movedAt + 1_000
  const [primary, older] = service.deployments as [DeploymentFacts, DeploymentFacts]
  const { tasksBegan } = service
  const oldRun = tasksBegan ? tasksBegan.some(isOld) : older.running > 0
  const stale = oldRun || (!served && !tasksBegan && isOld(primary.createdAt))
  const stuck =
    primary.rolloutState === 'IN_PROGRESS' && now - Math.max(primary.createdAt, movedAt) >= 30 * minute
  const { 'breakwater:recycle': recycle, ...rest } = tags
  const optIn = checkPlanOptions(options).optIn
  const wanted = recycle === 'true' || (recycle === undefined && !optIn)
  const clear = !Object.values(rest).some(value => value === 'late' || value === 'never')
  const { minimumHealthy, maximum } = service
  const hasRoom = maximum >= 200 || minimumHealthy === 0 || (maximum === 150 && desired > 1)
  return able && stale && wanted && clear && hasRoom && !stuck ? 'planned' : 'skipped'
}

describe('a plan', () => {
  it('has every candidate exactly once, and plans just what is stale, wanted and possible', () => {
    const seen = { planned: 0, skipped: 0, 'no reader': 0 }
    check((made, given) => {
      const planned = plannedOf(made).map(({ service }) => service)
      const skipped = made.skipped.map(({ service }) => service)
      const { services, others } = given.discovery
      const all = [...planned, ...skipped]
      expect(new Set(all).size).toBe(all.length)
      for (const service of services) {
        const place = expected(given, service)
        seen[place]++
        expect(planned.includes(service.service)).toBe(place === 'planned')
        expect(skipped.includes(service.service)).toBe(place === 'skipped')
      }
      const readers = services.filter(service => expected(given, service) !== 'no reader')
      expect(made.counts).toEqual({
        candidates: readers.length + others.length,
        stale: planned.length + made.skipped.filter(({ stale }) => stale).length,
        planned: planned.length,
        skipped: skipped.length,
      })
    })
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(100)
  })

  it('has waves in order, none too large, and the canary first and alone', () => {
    check((made, { options, canaryDone }) => {
      const { waveSize, canaries } = checkPlanOptions(options)
      const { waves } = made
      expect(waves.map(({ number }) => number)).toEqual(waves.map((_, index) => index + 1))
      for (const { services, notBefore } of waves) {
        expect(services.length).toBeGreaterThan(0)
        expect(services.length).toBeLessThanOrEqual(waveSize)
        expect(notBefore).toBe(Math.min(...services.map(service => service.notBefore)))
      }
      const canary = waves.filter(({ name }) => name === 'canary')
      const wished = canaryDone || canaries === 0 || waves.length === 0 ? [] : [waves[0]]
      expect(canary).toEqual(wished)
      if (canary[0]) {
        expect(canary[0].services.length).toBeLessThanOrEqual(canaries)
        // All of it is due at once, as soon as anything is.
        const first = Math.max(made.at, Math.min(...waves.map(({ notBefore }) => notBefore)))
        for (const { notBefore } of canary[0].services) expect(notBefore).toBeLessThanOrEqual(first)
      }
      const tagged = waves
        .filter(({ name }) => name !== 'canary')
        .map(({ name }) => Number(/^tagged breakwater:wave=(\d+)/.exec(name)?.[1] ?? 0))
      expect(tagged).toEqual(tagged.toSorted((one, other) => one - other))
    })
  })

  it('waits for the quiet period and no longer than the maximum, but for a delay and a window', () => {
    let waited = 0
    check((made, given) => {
      const { quietPeriodMs, maximumWaitMs } = checkPlanOptions(given.options)
      const byArn = new Map(given.discovery.services.map(service => [service.service, service]))
      for (const { service: arn, notBefore, alsoServes } of plannedOf(made)) {
        const service = byArn.get(arn)!
        const labelChanges: LabelChange[] = [
          labelChange,
          ...given.others.filter(({ source }) => alsoServes.includes(source)),
        ]
        const times = labelChanges.map(one => one.movedAt)
        const latest = Math.min(...times) + maximumWaitMs
        const { 'breakwater:delay': delay, 'breakwater:window': written } = service.tags
        const began = notBefore - (delay === '5m' ? 5 * minute : 0)
        if (began < latest) for (const at of times) expect(began).toBeGreaterThanOrEqual(at + quietPeriodMs)
        const window = written === undefined ? undefined : readWindow(written)!
        if (window) expect(isOpen(window, notBefore)).toBe(true)
        else expect(began).toBeLessThanOrEqual(latest)
        if (alsoServes.length > 0) waited++
      }
    })
    expect(waited).toBeGreaterThan(20)
  })

  it('is the same for the same input, in whatever order services and tasks come', () => {
    fc.assert(
      fc.property(input, fc.infiniteStream(fc.nat()), (given, numbers) => {
        const made = plan(given)
        expect(plan(structuredClone(given))).toEqual(made)
        const mixed = given.discovery.services
          .map(service => ({ service, rank: numbers.next().value }))
          .sort((one, other) => one.rank - other.rank)
          .map(({ service }) => service)
        const discovery = { ...given.discovery, services: mixed }
        expect(JSON.stringify(plan({ ...given, discovery }))).toBe(JSON.stringify(made))
        expect(JSON.parse(JSON.stringify(made))).toEqual(made)
        for (const line of renderPlan(made)) expect(line).not.toMatch(/undefined|NaN|\[object|Infinity/)
      }),
      { seed: 6, numRuns: runs(40, 1_000) },
    )
  })
})
