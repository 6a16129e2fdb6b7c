import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import { foreign } from './foreign.fixture.ts'
import { readDeploymentEvent } from './index.ts'
import { changed, deploymentFailed, labelUpdated } from './samples.fixture.ts'

const read = (fields: object, detail?: object) =>
  readDeploymentEvent(changed(deploymentFailed, fields, detail))
const home = 'arn:aws:ecs:us-west-2:111122223333:'

const failed = {
  service: `${home}service/default/servicetest`,
  cluster: `${home}cluster/default`,
  deployment: 'ecs-svc/123',
  state: 'failed',
  reason: 'ECS deployment circuit breaker: task failed to start.',
  at: Date.UTC(2020, 4, 23, 11, 11, 11),
}

describe('readDeploymentEvent', () => {
  it('reads the sample, as an object and as text', () => {
    expect(readDeploymentEvent(deploymentFailed)).toStrictEqual(failed)
    expect(readDeploymentEvent(JSON.stringify(deploymentFailed))).toStrictEqual(failed)
  })

  it.each([
    ['SERVICE_DEPLOYMENT_IN_PROGRESS', 'in-progress'],
    ['SERVICE_DEPLOYMENT_COMPLETED', 'completed'],
    ['SERVICE_DEPLOYMENT_FAILED', 'failed'],
  ])('takes %s for %s', (eventName, state) => {
    expect(read({}, { eventName })).toMatchObject({ state })
    expect(read({ 'detail-type': 'ECS Service Action' }, { eventName })).toMatchObject({ state })
  })

  it('reads the old form of ARNs, which tells no cluster', () => {
    const { cluster, ...rest } = failed
    const service = `${home}service/servicetest`
    expect(read({ resources: [service] })).toStrictEqual({ ...rest, service })
  })

  it('does without a reason, and cuts a long one', () => {
    const { reason, ...rest } = failed
    for (const none of [undefined, null, '', 7]) expect(read({}, { reason: none })).toStrictEqual(rest)
    expect(read({}, { reason: 'x'.repeat(262_144) })?.reason).toHaveLength(1_025)
  })

  it.each([undefined, null, 'yesterday', 1_590_232_271, '2020-05-32T11:11:11Z'])(
    'takes the time of the event where updatedAt is %j',
    updatedAt => {
      expect(read({}, { updatedAt })?.at).toBe(Date.UTC(2020, 4, 23, 12, 31, 14))
    },
  )

  it.each([
    ['another source', { source: 'my.ecs' }],
    ['another detail-type', { 'detail-type': 'ECS Task State Change' }],
    ['no time', { time: 'now' }],
    ['no service', { resources: [] }],
    ['a task for a service', { resources: [`${home}task/default/servicetest`] }],
    ['more than a service', { resources: [`${home}service/default/servicetest/x`] }],
    ['a service in another account', { resources: [failed.service.replace('1111', '9999')] }],
    ['a service in another region', { resources: [failed.service.replace('us-west-2', 'us-west-1')] }],
    ['no detail', { detail: null }],
  ])('reads nothing from an event with %s', (_, fields) => {
    expect(read(fields)).toBeUndefined()
  })

  it.each([
    ['another event', { eventName: 'SERVICE_STEADY_STATE' }],
    ['a list of events', { eventName: ['SERVICE_DEPLOYMENT_FAILED'] }],
    ['no deployment', { deploymentId: undefined }],
    ['an impossible deployment', { deploymentId: 'ecs-svc/1 2' }],
    ['256 KiB of a deployment', { deploymentId: 'x'.repeat(262_144) }],
  ])('reads nothing from an event with %s in its detail', (_, detail) => {
    expect(read({}, detail)).toBeUndefined()
  })

  it.each([undefined, null, 7, [], 'x', '{}', labelUpdated, Object.create(deploymentFailed)])(
    'reads nothing from %.40j',
    event => {
      expect(readDeploymentEvent(event)).toBeUndefined()
    },
  )

  it('never throws, and reads only services of the account of the event', () => {
    const throwing = new Proxy({}, { getOwnPropertyDescriptor: () => expect.fail() })
    expect(readDeploymentEvent(throwing)).toBeUndefined()
    let found = 0
    fc.assert(
      fc.property(foreign, event => {
        const read = readDeploymentEvent(event)
        if (!read) return
        found++
        const { account } = typeof event === 'string' ? JSON.parse(event) : (event as { account: string })
        expect(read.service.split(':')[4]).toBe(account)
        expect(Number.isSafeInteger(read.at)).toBe(true)
      }),
      { numRuns: runs(200, 4_000), seed: 6 },
    )
    expect(found).toBeGreaterThan(0)
  })
})
