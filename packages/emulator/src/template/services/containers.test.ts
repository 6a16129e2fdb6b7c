import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs'
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { DescribeParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { VirtualClock } from '@breakwater/circuit/testing'
import { afterEach, expect, it } from 'vitest'
import { fakeCredentials } from '../../aws/credentials.ts'
import { type Resources, start, stopAll } from '../stack.fixture.ts'

afterEach(stopAll)

/** A queue that gets what a pattern matches. */
function watched(EventPattern: object): Resources {
  return {
    Queue: { Type: 'AWS::SQS::Queue' },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: { EventPattern, Targets: [{ Id: 'q', Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } }] },
    },
  }
}

it('a stack puts the events of containers, secrets and parameters on the default bus', async () => {
  const clock = new VirtualClock()
  const source = ['aws.ecs', 'aws.secretsmanager', 'aws.ssm']
  const stack = await start(watched({ source }), { clock, random: () => 0.5 })
  const about = { region: 'us-east-1', credentials: fakeCredentials }
  const ecs = new ECSClient({ ...about, endpoint: stack.endpoints.ecs })
  const secrets = new SecretsManagerClient({ ...about, endpoint: stack.endpoints.secretsmanager })
  const ssm = new SSMClient({ ...about, endpoint: stack.endpoints.ssm })

  const { ARN } = await secrets.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }))
  await ssm.send(new PutParameterCommand({ Name: 'level', Value: '1', Type: 'String' }))
  await ecs.send(new CreateClusterCommand({ clusterName: 'shop' }))
  const containerDefinitions = [{ name: 'a', image: 'a', secrets: [{ name: 'DB', valueFrom: ARN }] }]
  await ecs.send(new RegisterTaskDefinitionCommand({ family: 'orders', containerDefinitions }))
  const web = { cluster: 'shop', serviceName: 'web', taskDefinition: 'orders', desiredCount: 1 }
  await ecs.send(new CreateServiceCommand(web))
  await clock.advance(5_000)
  const { VersionId } = await secrets.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: 'two' }))
  const { Parameters } = await ssm.send(new DescribeParametersCommand({}))
  for (const client of [ecs, secrets, ssm]) client.destroy()

  expect(Parameters).toMatchObject([{ ARN: 'arn:aws:ssm:us-east-1:000000000000:parameter/level' }])
  await clock.advance(0)
  const messages = await stack.queues.get('Queue').receive({ maxMessages: 10 })
  const events = messages.map(({ body }) => JSON.parse(body))
  const named = events.map(event => `${event['detail-type']}: ${event.detail.eventName ?? event.detail.name}`)
  expect(named.sort()).toEqual([
    'ECS Deployment State Change: SERVICE_DEPLOYMENT_COMPLETED',
    'ECS Deployment State Change: SERVICE_DEPLOYMENT_IN_PROGRESS',
    'Parameter Store Change: level',
    'Secret Label Updated: db',
    'Secret Label Updated: db',
  ])
  const label = events.find(({ detail }) => detail.versionId === VersionId)
  expect(label).toMatchObject({
    version: '0',
    source: 'aws.secretsmanager',
    account: '000000000000',
    region: 'us-east-1',
    time: new Date(clock.now()).toISOString().replace(/\.\d+Z/, 'Z'),
    resources: [ARN],
    detail: { name: 'db', labelUpdated: 'AWSCURRENT', versionId: VersionId },
  })
  expect(stack.ecs.tasks('shop/web')[0]!.readings).toMatchObject([{ source: ARN }])
  expect(stack.secrets.counts()).toEqual({ CreateSecret: 1, PutSecretValue: 1 })
  expect(stack.parameters.counts()).toEqual({ PutParameter: 1, DescribeParameters: 1 })
  await stack.close()
  expect(clock.pending).toBe(0)
})

it('a stack names the endpoints by the SDK’s own variables', async () => {
  const { variables, endpoints } = await start({})
  expect(variables).toMatchObject({
    AWS_ENDPOINT_URL_ECS: endpoints.ecs,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsmanager,
    AWS_ENDPOINT_URL_SSM: endpoints.ssm,
  })
})

it('a stack takes timing and rates', async () => {
  const clock = new VirtualClock()
  const rates = { read: { burst: 1, perSecond: 1 } }
  const { ecs } = await start({}, { clock, ecs: { rates, timing: { startMs: 10 } } })
  ecs.operations.ListClusters!({})
  expect(() => ecs.operations.ListClusters!({})).toThrow('Rate exceeded')
  await expect(start({}, { ports: { ecs: -1 } })).rejects.toThrow('ports.ecs')
})

it('a stack writes messages to a topic to the log, and ignores what only notifies', async () => {
  const log: string[] = []
  const topic = { Ref: 'Topic' }
  const stack = await start(
    {
      Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alerts', DisplayName: 'Alerts' } },
      Policy: { Type: 'AWS::SNS::TopicPolicy', Properties: { PolicyDocument: {}, Topics: [topic] } },
      Mail: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: topic, Protocol: 'email', Endpoint: 'a@b.example' },
      },
      Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmActions: [topic] } },
      Across: { Type: 'AWS::Events::EventBusPolicy', Properties: { StatementId: 'others' } },
      Idle: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['a'] } } },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: { source: ['a'] },
          Targets: [{ Id: 't', Arn: topic, InputPath: '$.detail' }],
        },
      },
    },
    { log: line => void log.push(line) },
  )
  stack.buses.get('default').put({ source: 'a', detailType: 'b', detail: { c: 1 } })
  await stack.close()
  expect(log).toEqual(['Message to arn:aws:sns:us-east-1:000000000000:alerts: {"c":1}'])
})

it('a stack starts a state machine on a schedule', async () => {
  const clock = new VirtualClock()
  const DefinitionString = '{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Succeed"}}}'
  const Targets = [{ Id: 'm', Arn: { Ref: 'Machine' }, Input: '{"reconcile":true}' }]
  const stack = await start(
    {
      Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString, RoleArn: 'r' } },
      Hourly: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(1 hour)', Targets } },
    },
    { clock },
  )
  await clock.advance(3_600_000)
  const [started, ...more] = stack.executions.of(stack.machines.get('Machine'))
  expect(more).toEqual([])
  expect((await started!.execution.result).output).toEqual({ reconcile: true })
})
