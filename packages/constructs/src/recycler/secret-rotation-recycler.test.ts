import { checkDefinition } from '@breakwater/workflows'
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { type Synthesised, textOf } from '../stack.fixture.ts'
import { makeRecycler } from './recycler.fixture.ts'
import type { SecretRotationRecycler } from './secret-rotation-recycler.ts'

vi.mock('../entry.ts', () => ({ entryOf: () => new URL('handler.fixture.ts', import.meta.url) }))

const here = '<AWS::Region>:<AWS::AccountId>'

// biome-ignore lint/suspicious/noExplicitAny: a template is any JSON.
type Json = any

const ruleOf = (made: Synthesised, description: string) =>
  made.all('AWS::Events::Rule').find(one => one.Description === description) as Json
const functionOf = (made: Synthesised, word: string) =>
  made.all('AWS::Lambda::Function').find(one => one.Description.startsWith(word)) as Json
const variablesOf = (made: Synthesised, word: string) => {
  const { RECYCLER_OPTIONS, ...rest } = functionOf(made, word).Environment.Variables
  const texts = Object.entries(rest).map(([name, value]) => [name, textOf(value)])
  return { ...Object.fromEntries(texts), RECYCLER_OPTIONS: JSON.parse(textOf(RECYCLER_OPTIONS)) }
}

describe('a recycler', () => {
  let made: Synthesised
  let recycler: SecretRotationRecycler
  beforeAll(() => {
    ;({ made, recycler } = makeRecycler())
  })

  it('keeps its events in an encrypted queue, and what it cannot take in another', () => {
    const queues = made.all('AWS::SQS::Queue')
    expect(queues).toHaveLength(2)
    for (const one of queues)
      expect(one).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 })
    const queue = made.one('AWS::SQS::Queue', 'RecyclerChanges')
    expect(queue.RedrivePolicy.maxReceiveCount).toBe(5)
    expect(textOf(queue.RedrivePolicy.deadLetterTargetArn)).toMatch(/^<RecyclerDeadLetters\w+\.Arn>$/)
    expect(queue.VisibilityTimeout).toBeGreaterThanOrEqual(6 * functionOf(made, 'Starts').Timeout)
    const policies = made.all('AWS::SQS::QueuePolicy').flatMap(one => one.PolicyDocument.Statement)
    const denied = policies.filter(one => one.Effect === 'Deny')
    expect(denied.map(one => one.Condition)).toEqual([
      { Bool: { 'aws:SecureTransport': 'false' } },
      { Bool: { 'aws:SecureTransport': 'false' } },
    ])
  })

  it('takes batches, reports what failed in them, and begins once there is a workflow to start', () => {
    const [[, mapping]] = Object.entries(
      made.template.findResources('AWS::Lambda::EventSourceMapping'),
    ) as Json
    expect(mapping.Properties).toMatchObject({
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
    })
    expect(mapping.DependsOn).toContainEqual(expect.stringMatching(/^RecyclerStateMachine/))
  })

  it('hears of changes in its own account', () => {
    const account = [{ Ref: 'AWS::AccountId' }]
    expect(ruleOf(made, 'A label of a secret moved').EventPattern).toEqual({
      account,
      source: ['aws.secretsmanager'],
      'detail-type': ['Secret Label Updated'],
    })
    expect(ruleOf(made, 'A parameter has a new version').EventPattern).toEqual({
      account,
      source: ['aws.ssm'],
      'detail-type': ['Parameter Store Change'],
      detail: { operation: ['Create', 'Update'], exception: [{ exists: false }] },
    })
    expect(ruleOf(made, 'A rotation succeeded')).toBeUndefined()
  })

  it('loses none of them: every target has the dead-letter queue', () => {
    const rules = made.all('AWS::Events::Rule')
    const targets = rules.flatMap(one => one.Targets ?? [])
    expect([rules.length, targets.length]).toEqual([5, 3])
    for (const { DeadLetterConfig } of targets) {
      expect(textOf(DeadLetterConfig.Arn)).toMatch(/^<RecyclerDeadLetters\w+\.Arn>$/)
    }
    for (const { EventBusName } of rules) expect(EventBusName).toBeUndefined()
  })

  it('has only alarms about what is no change', () => {
    const failed = ruleOf(made, 'A rotation failed')
    expect(failed.EventPattern.detail.eventName).toEqual(['RotationFailed', 'RotationAbandoned'])
    expect(ruleOf(made, 'A parameter expires').EventPattern).toMatchObject({
      source: ['aws.ssm'],
      'detail-type': ['Parameter Store Policy Action'],
    })
    for (const name of ['A rotation failed', 'A parameter expires'])
      expect(ruleOf(made, name)).not.toHaveProperty('Targets')
  })

  it('asks the planner every hour for what no event reported', () => {
    const reconcile = ruleOf(made, 'Looks for changes that no event reported')
    expect(reconcile.ScheduleExpression).toBe('rate(1 hour)')
    expect(JSON.parse(reconcile.Targets[0].Input)).toEqual({ action: 'reconcile' })
    expect(textOf(reconcile.Targets[0].Arn)).toMatch(/^<RecyclerPlanner\w+\.Arn>$/)
  })

  it('configures its functions by their environment', () => {
    const { StateMachineName } = made.one('AWS::StepFunctions::StateMachine')
    const expected = {
      CIRCUIT_TABLE: 'circuits',
      POWERTOOLS_SERVICE_NAME: 'recycler',
      RECYCLER_MACHINE: `arn:<AWS::Partition>:states:${here}:stateMachine:${StateMachineName}`,
      RECYCLER_OPTIONS: {
        optIn: true,
        quietPeriodMs: 60_000,
        maximumWaitMs: 900_000,
        canaries: 1,
        waveSize: 10,
        deploymentTimeoutMs: 1_800_000,
        dryRun: true,
        cloudTrail: false,
        allowedAccounts: [],
      },
    }
    const words = ['Starts', 'Plans', 'Recycles']
    for (const word of words) expect(variablesOf(made, word)).toEqual(expected)
    expect(words.map(word => functionOf(made, word).Timeout)).toEqual([60, 300, 120])
    expect(functionOf(made, 'Plans').MemorySize).toBe(512)
  })

  it('has a workflow that passes our own checks, is traced, and is logged without its data', () => {
    const machine = made.one('AWS::StepFunctions::StateMachine')
    expect(machine).toMatchObject({
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
    })
    const definition = JSON.parse(textOf(machine.DefinitionString))
    expect(checkDefinition(definition)).toEqual([])
    expect(JSON.stringify(definition)).toMatch(/<RecyclerPlanner\w+\.Arn>/)
    expect(JSON.stringify(definition)).toMatch(/<RecyclerExecutor\w+\.Arn>/)
  })

  it('has a workflow that may call its functions, tell the bus, and start itself anew', () => {
    const { Statement } = made.one('AWS::IAM::Policy', 'RecyclerStateMachineRole').PolicyDocument
    const { StateMachineName } = made.one('AWS::StepFunctions::StateMachine')
    const own = Statement.filter((one: Json) => !/^(logs|xray):/.test([one.Action].flat()[0]))
    const found = own.flatMap((one: Json) =>
      [one.Resource]
        .flat()
        .map((resource: Json) => `${one.Action} on ${textOf(resource).replace(/[0-9A-F]{8}(?=\.Arn)/, '')}`),
    )
    expect(found).toEqual([
      'lambda:InvokeFunction on <RecyclerPlanner.Arn>:$LATEST',
      'lambda:InvokeFunction on <RecyclerPlanner.Arn>',
      'lambda:InvokeFunction on <RecyclerExecutor.Arn>:$LATEST',
      'lambda:InvokeFunction on <RecyclerExecutor.Arn>',
      `events:PutEvents on arn:<AWS::Partition>:events:${here}:event-bus/default`,
      `states:StartExecution on arn:<AWS::Partition>:states:${here}:stateMachine:${StateMachineName}`,
    ])
  })

  it('has an alarm for everything a person should see to', () => {
    const alarms = made.all('AWS::CloudWatch::Alarm')
    const found = alarms.map(one => [one.Namespace, one.MetricName, one.Threshold, one.Period])
    expect(found.sort()).toEqual([
      ['AWS/Events', 'MatchedEvents', 1, 300],
      ['AWS/Events', 'MatchedEvents', 1, 300],
      ['AWS/Lambda', 'Errors', 3, 3_600],
      ['AWS/SQS', 'ApproximateNumberOfMessagesVisible', 1, 300],
      ['AWS/States', 'ExecutionsFailed', 1, 300],
      ['AWS/States', 'ExecutionsTimedOut', 1, 300],
      ['Breakwater', 'OldestStaleAge', 86_400, 3_600],
    ])
    expect(Object.keys(recycler.alarms)).toHaveLength(alarms.length)
    for (const one of alarms) {
      expect(one).toMatchObject({ TreatMissingData: 'notBreaching', AlarmDescription: expect.any(String) })
      expect(one).not.toHaveProperty('AlarmActions')
    }
    const stale = alarms.find(one => one.Namespace === 'Breakwater')
    expect(stale?.Dimensions).toEqual([{ Name: 'service', Value: 'recycler' }])
  })

  it('lets go of its queues and logs', () => {
    for (const type of ['AWS::SQS::Queue', 'AWS::Logs::LogGroup'])
      made.template.allResources(type, { DeletionPolicy: 'Delete' })
  })

  it('has metrics', () => {
    const metrics = [
      recycler.metricStaleServices(),
      recycler.metricOldestStaleAge({ period: Duration.minutes(1) }),
      recycler.metricStarted(),
      recycler.metricFailed(),
      recycler.metricDeadLetters(),
    ]
    expect(metrics.map(one => one.metricName)).toEqual([
      'StaleServices',
      'OldestStaleAge',
      'ExecutionsStarted',
      'ExecutionsFailed',
      'ApproximateNumberOfMessagesVisible',
    ])
  })
})

describe('a recycler with every option', () => {
  let made: Synthesised
  beforeAll(() => {
    ;({ made } = makeRecycler(stack => ({
      clusters: ['shop', 'back-office'],
      dryRun: false,
      cloudTrail: true,
      allowedAccounts: ['111122223333'],
      waves: { concurrency: 3 },
      reconcile: Duration.minutes(10),
      maximumStaleAge: Duration.hours(2),
      notify: new Topic(stack, 'People'),
      bus: new EventBus(stack, 'Bus') as IEventBus,
      removalPolicy: RemovalPolicy.RETAIN,
    })))
  })

  it('takes the events of the accounts in its options, and of no other', () => {
    const accounts = made
      .all('AWS::Events::Rule')
      .filter(one => one.EventPattern)
      .map(one => [one.Description, one.EventPattern.account.length])
    expect(Object.fromEntries(accounts)).toEqual({
      'A label of a secret moved': 2,
      'A parameter has a new version': 2,
      'A rotation succeeded': 2,
      'A rotation failed': 2,
      'A parameter expires': 2,
    })
    expect(ruleOf(made, 'A label of a secret moved').EventPattern.account[1]).toBe('111122223333')
  })

  it('hears of rotations by CloudTrail', () => {
    const { EventPattern, Targets } = ruleOf(made, 'A rotation succeeded')
    expect(EventPattern).toMatchObject({
      source: ['aws.secretsmanager'],
      'detail-type': ['AWS Service Event via CloudTrail'],
      detail: { eventSource: ['secretsmanager.amazonaws.com'], eventName: ['RotationSucceeded'] },
    })
    expect(textOf(Targets[0].Arn)).toMatch(/^<RecyclerChanges\w+\.Arn>$/)
  })

  it('notifies the topic of every alarm and of what needs attention', () => {
    for (const one of made.all('AWS::CloudWatch::Alarm')) expect(one.AlarmActions).toHaveLength(1)
    for (const name of ['A rotation failed', 'A parameter expires']) {
      expect(textOf(ruleOf(made, name).Targets[0].Arn)).toMatch(/^<People\w+>$/)
      expect(ruleOf(made, name).Targets[0]).toHaveProperty('DeadLetterConfig')
    }
    const stale = made.all('AWS::CloudWatch::Alarm').find(one => one.Namespace === 'Breakwater')
    expect(stale).toMatchObject({ Threshold: 7_200, Period: 600 })
  })

  it('lets the alarms of its account publish on the topic, whose policy replaces the one that let them', () => {
    const { Statement } = made.one('AWS::SNS::TopicPolicy').PolicyDocument
    const alarms = Statement.find(
      ({ Principal }: { Principal: { Service?: string } }) =>
        Principal.Service === 'cloudwatch.amazonaws.com',
    )
    const { 'aws:SourceArn': sourceArn } = alarms.Condition.ArnLike
    expect(textOf(sourceArn)).toBe('arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*')
    expect(alarms).toMatchObject({
      Effect: 'Allow',
      Action: 'sns:Publish',
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    })
  })

  it('passes its options to its functions and its workflow', () => {
    const { RECYCLER_CLUSTERS, RECYCLER_OPTIONS } = variablesOf(made, 'Recycles')
    expect(RECYCLER_CLUSTERS).toBe('shop,back-office')
    expect(RECYCLER_OPTIONS).toMatchObject({
      dryRun: false,
      cloudTrail: true,
      allowedAccounts: ['111122223333'],
    })
    expect(ruleOf(made, 'Looks for changes that no event reported').ScheduleExpression).toBe(
      'rate(10 minutes)',
    )
    const text = textOf(made.one('AWS::StepFunctions::StateMachine').DefinitionString)
    expect(JSON.parse(text).States['Recycle wave'].MaxConcurrency).toBe(3)
    expect(text).toMatch(/"EventBusName":"<Bus\w+>"/)
  })

  it('keeps its queues and logs', () => {
    for (const type of ['AWS::SQS::Queue', 'AWS::Logs::LogGroup'])
      made.template.allResources(type, { DeletionPolicy: 'Retain' })
  })
})

it('a recycler refuses a bad property before it makes anything', () => {
  expect(() => makeRecycler({ waves: { size: 0 } })).toThrow(/^SecretRotationRecycler: waves\.size: got 0/)
})
