import type { Stack } from 'aws-cdk-lib'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { LogLevel, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { CircuitGate } from './circuit-gate.ts'
import { CircuitTable } from './circuit-table.ts'
import { GuardedWorkflow } from './guarded-workflow.ts'
import { findings, makeFunction, makeStack, Synthesised, textOf } from './stack.fixture.ts'

vi.mock('./entry.ts', () => ({ entryOf: () => new URL('recycler/handler.fixture.ts', import.meta.url) }))

describe('a guarded workflow', () => {
  let stack: Stack
  let made: Synthesised
  let workflow: GuardedWorkflow
  beforeAll(() => {
    stack = makeStack()
    const gate = makeFunction(stack, 'Gate')
    const definition = {
      StartAt: 'Call',
      States: { Call: { Type: 'Task', Resource: gate.functionArn, End: true } },
    }
    workflow = new GuardedWorkflow(stack, 'Call', {
      definition,
      table: CircuitTable.fromTableName(stack, 'Circuits', 'circuits'),
      functions: [gate],
      circuits: ['payments'],
      type: StateMachineType.EXPRESS,
    })
    made = new Synthesised(stack)
  })

  it('is the definition, with its tokens', () => {
    const { DefinitionString, StateMachineType: type } = made.one('AWS::StepFunctions::StateMachine')
    expect(type).toBe('EXPRESS')
    expect(JSON.parse(textOf(DefinitionString)).States.Call.Resource).toBe('<Gate3038665D.Arn>')
  })

  it('is traced and logged, without its data, for a bounded time', () => {
    const { LoggingConfiguration, TracingConfiguration } = made.one('AWS::StepFunctions::StateMachine')
    expect(TracingConfiguration).toEqual({ Enabled: true })
    expect(LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false })
    expect(made.one('AWS::Logs::LogGroup')).toMatchObject({
      LogGroupName: expect.stringMatching(/^\/aws\/vendedlogs\/states\/\S+$/),
      RetentionInDays: 30,
    })
  })

  it('may read its circuits and call its functions', () => {
    expect(made.statements).toContainEqual(
      expect.objectContaining({
        Action: 'dynamodb:BatchGetItem',
        Condition: {
          'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['circuit#payments', 'control#payments'] },
        },
      }),
    )
    const invoke = made.statements.find(one => one.Action === 'lambda:InvokeFunction')
    expect(invoke?.Resource.map(textOf)).toEqual(['<Gate3038665D.Arn>:$LATEST', '<Gate3038665D.Arn>'])
  })

  it('leaves nothing to find for cdk-nag', () => {
    expect(findings(workflow)).toEqual([])
  })

  it('has metrics', () => {
    const metrics = [
      workflow.metricStarted(),
      workflow.metricSucceeded(),
      workflow.metricFailed(),
      workflow.metricTimedOut(),
      workflow.metricThrottled(),
      workflow.metricTime(),
    ]
    expect(metrics.map(one => one.metricName)).toEqual([
      'ExecutionsStarted',
      'ExecutionsSucceeded',
      'ExecutionsFailed',
      'ExecutionsTimedOut',
      'ExecutionThrottled',
      'ExecutionTime',
    ])
  })
})

it('a guarded workflow may call its gate, be it a construct or a function', () => {
  const calls = (gateOf: (stack: Stack) => CircuitGate | LambdaFunction) => {
    const stack = makeStack()
    const gate = gateOf(stack)
    const definition = { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } }
    const table = CircuitTable.fromTableName(stack, 'Circuits', 'circuits')
    new GuardedWorkflow(stack, 'Call', { definition, table, gate })
    const invoke = new Synthesised(stack).statements.filter(one => one.Action === 'lambda:InvokeFunction')
    const arn = textOf(stack.resolve(gate.functionArn))
    expect(invoke.map(one => one.Resource.map(textOf))).toEqual([[`${arn}:$LATEST`, arn]])
  }
  calls(stack => makeFunction(stack, 'Gate'))
  calls(stack => {
    const table = CircuitTable.fromTableName(stack, 'Shared', 'circuits')
    return new CircuitGate(stack, 'Gate', { table, circuits: ['payments'] })
  })
})

it('a guarded workflow logs as its props say', () => {
  const stack = makeStack()
  new GuardedWorkflow(stack, 'Call', {
    definition: { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } },
    table: CircuitTable.fromTableName(stack, 'Circuits', 'circuits'),
    stateMachineName: 'call',
    logLevel: LogLevel.ERROR,
    logData: true,
  })
  expect(new Synthesised(stack).one('AWS::StepFunctions::StateMachine')).toMatchObject({
    StateMachineName: 'call',
    StateMachineType: 'STANDARD',
    LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: true },
  })
})
