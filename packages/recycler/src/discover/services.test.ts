import type { Service } from '@aws-sdk/client-ecs'
import { describe, expect, it } from 'vitest'
import { definitionArn, regionAndAccount } from './fleet.fixture.ts'
import { serviceFacts } from './services.ts'

const at = (seconds: number) => new Date(seconds * 1000)
const bare = {
  serviceArn: `${regionAndAccount}:service/orders/api`,
  serviceName: 'api',
  clusterArn: `${regionAndAccount}:cluster/orders`,
}

describe('the facts of a service', () => {
  it('are what a recycler has to know', () => {
    const service: Service = {
      ...bare,
      status: 'ACTIVE',
      desiredCount: 3,
      runningCount: 2,
      schedulingStrategy: 'REPLICA',
      taskDefinition: definitionArn('api:8'),
      deploymentController: { type: 'ECS' },
      deploymentConfiguration: {
        strategy: 'BLUE_GREEN',
        minimumHealthyPercent: 50,
        maximumPercent: 150,
        deploymentCircuitBreaker: { enable: true, rollback: true },
        alarms: { enable: true, rollback: false, alarmNames: ['errors'] },
      },
      tags: [{ key: 'breakwater:wave', value: '2' }, { key: '__proto__', value: 'x' }, { key: 'empty' }],
      deployments: [
        {
          id: 'ecs-svc/2',
          status: 'PRIMARY',
          rolloutState: 'IN_PROGRESS',
          rolloutStateReason: 'under way',
          taskDefinition: definitionArn('api:9'),
          createdAt: at(200),
          desiredCount: 3,
          runningCount: 1,
          failedTasks: 4,
        },
        { id: 'ecs-svc/1', status: 'ACTIVE', taskDefinition: definitionArn('api:8'), createdAt: at(100) },
      ],
      events: [{ id: 'e', message: 'steady' }],
    }
    const facts = serviceFacts(service)
    expect(facts).toEqual({
      cluster: `${regionAndAccount}:cluster/orders`,
      service: `${regionAndAccount}:service/orders/api`,
      name: 'orders/api',
      status: 'ACTIVE',
      scheduling: 'REPLICA',
      controller: 'ECS',
      strategy: 'BLUE_GREEN',
      taskDefinition: definitionArn('api:9'),
      desired: 3,
      running: 2,
      minimumHealthy: 50,
      maximum: 150,
      circuitBreaker: true,
      rollback: true,
      alarms: true,
      tags: { 'breakwater:wave': '2', ['__proto__']: 'x', empty: '' },
      deployments: [
        {
          id: 'ecs-svc/2',
          status: 'PRIMARY',
          rolloutState: 'IN_PROGRESS',
          reason: 'under way',
          taskDefinition: definitionArn('api:9'),
          createdAt: 200_000,
          desired: 3,
          running: 1,
          failed: 4,
        },
        {
          id: 'ecs-svc/1',
          status: 'ACTIVE',
          taskDefinition: definitionArn('api:8'),
          createdAt: 100_000,
          desired: 0,
          running: 0,
          failed: 0,
        },
      ],
    })
    expect(Object.keys(facts.tags)).toContain('__proto__')
  })

  it('are what ECS does where nothing is said', () => {
    expect(serviceFacts(bare)).toMatchObject({
      controller: 'ECS',
      strategy: 'ROLLING',
      scheduling: 'REPLICA',
      taskDefinition: undefined,
      minimumHealthy: 100,
      maximum: 200,
      circuitBreaker: false,
      rollback: false,
      alarms: false,
      tags: {},
      deployments: [],
    })
    expect(serviceFacts({ ...bare, schedulingStrategy: 'DAEMON' })).toMatchObject({
      minimumHealthy: 0,
      maximum: 100,
    })
  })

  it('take what is switched off for what it is', () => {
    const deploymentConfiguration = {
      deploymentCircuitBreaker: { enable: false, rollback: true },
      alarms: { enable: false, rollback: true, alarmNames: ['errors'] },
    }
    const facts = serviceFacts({ ...bare, deploymentConfiguration })
    expect(facts).toMatchObject({ circuitBreaker: false, rollback: false, alarms: false })
  })

  it('are those of the live task set, where task sets are', () => {
    const sets = [
      {
        id: 'ecs-svc/a',
        status: 'ACTIVE',
        taskDefinition: definitionArn('api:2'),
        createdAt: at(1),
        runningCount: 1,
      },
      {
        id: 'ecs-svc/b',
        status: 'PRIMARY',
        taskDefinition: definitionArn('api:1'),
        createdAt: at(2),
        runningCount: 4,
      },
    ]
    const external = serviceFacts({ ...bare, deploymentController: { type: 'EXTERNAL' }, taskSets: sets })
    expect(external).toMatchObject({ controller: 'EXTERNAL', taskDefinition: definitionArn('api:1') })
    expect(external.deployments).toMatchObject([
      { id: 'ecs-svc/a', status: 'ACTIVE' },
      { id: 'ecs-svc/b', status: 'PRIMARY', createdAt: 2_000, running: 4 },
    ])
    // The service itself names the task definition that it was created with.
    const service = { ...bare, taskDefinition: definitionArn('api:0'), taskSets: sets }
    expect(serviceFacts(service).taskDefinition).toBe(definitionArn('api:1'))
  })

  it('name a service with an ARN of the old format as well', () => {
    const { serviceName: _, ...old } = { ...bare, serviceArn: `${regionAndAccount}:service/api` }
    expect(serviceFacts(old).name).toBe('orders/api')
  })
})
