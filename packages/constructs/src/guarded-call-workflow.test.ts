import { checkDefinition, guardedCall } from '@breakwater/workflows'
import { SecretValue, type Stack } from 'aws-cdk-lib'
import { Authorization, Connection } from 'aws-cdk-lib/aws-events'
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { describe, expect, it, vi } from 'vitest'
import { CircuitGate, type CircuitGateProps } from './circuit-gate.ts'
import { CircuitTable } from './circuit-table.ts'
import { GuardedCallWorkflow, type GuardedCallWorkflowProps } from './guarded-call-workflow.ts'
import { findings, makeFunction, makeStack, Synthesised, textOf } from './stack.fixture.ts'

vi.mock('./entry.ts', () => ({ entryOf: () => new URL('recycler/handler.fixture.ts', import.meta.url) }))

type Props = Partial<GuardedCallWorkflowProps>

const payload = { type: 'object', required: ['orderId'] } as const

function makeCall(props: Props | ((stack: Stack) => Props) = {}, gateProps: Partial<CircuitGateProps> = {}) {
  const stack = makeStack()
  const table = CircuitTable.fromTableName(stack, 'Circuits', 'circuits')
  const gate = new CircuitGate(stack, 'Gate', { table, circuits: ['payments', 'stock'], ...gateProps })
  const charge = { function: makeFunction(stack, 'Charger'), circuit: 'payments', payload }
  const more = typeof props === 'function' ? props(stack) : props
  const workflow = new GuardedCallWorkflow(stack, 'Call', { table, gate, targets: { charge }, ...more })
  return { stack, gate, workflow }
}

/** An endpoint as a target, in a stack. */
function endpointIn(stack: Stack) {
  const authorization = Authorization.apiKey('x-key', SecretValue.unsafePlainText('local'))
  return {
    connection: new Connection(stack, 'Provider', { authorization }),
    method: 'POST' as const,
    url: 'https://api.example.com/orders/{orderId}/charges',
    circuit: 'stock',
    payload,
  }
}

/** Its definition, and what it may do beside logs and traces. */
function synthesised({ stack, gate }: ReturnType<typeof makeCall>) {
  const made = new Synthesised(stack)
  const machine = made.one('AWS::StepFunctions::StateMachine')
  const role = made.all('AWS::IAM::Policy').find(one => one.PolicyName.startsWith('CallStateMachine'))!
  const statements: Record<string, unknown>[] = role.PolicyDocument.Statement
  return {
    made,
    machine,
    definition: JSON.parse(textOf(machine.DefinitionString)),
    gateArn: textOf(stack.resolve(gate.functionArn)),
    statements: statements.filter(one => !/"(xray|logs):/.test(JSON.stringify(one.Action))),
  }
}

const charger = '<ChargerC6C6E8E7.Arn>'
const both = (name: string) => ({
  'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [`circuit#${name}`, `control#${name}`] },
})

describe('the guarded call', () => {
  const of = { table: 'circuits', partition: '<AWS::Partition>' }
  const target = { functionArn: charger, circuit: 'payments', payload } as const

  it('is the definition of @breakwater/workflows in an EXPRESS machine, and passes checkDefinition', () => {
    const { definition, machine, gateArn } = synthesised(makeCall())
    expect(definition).toEqual(guardedCall({ ...of, gate: gateArn, targets: { charge: target } }))
    expect(checkDefinition(definition)).toEqual([])
    expect(machine.StateMachineType).toBe('EXPRESS')
    expect(machine.LoggingConfiguration).toMatchObject({ IncludeExecutionData: false })
  })

  it('may read the circuits of its targets, call the gate and the targets, and nothing more', () => {
    const call = makeCall()
    const { statements, gateArn } = synthesised(call)
    const callable = [gateArn, charger].flatMap(arn => [`${arn}:$LATEST`, arn])
    const [read, ...calls] = statements
    expect(read).toMatchObject({ Action: 'dynamodb:BatchGetItem', Condition: both('payments') })
    expect(new Set(calls.map(one => one.Action))).toEqual(new Set(['lambda:InvokeFunction']))
    expect(
      calls
        .flatMap(one => one.Resource)
        .map(textOf)
        .sort(),
    ).toEqual(callable.sort())
    expect(findings(call.workflow)).toEqual([])
  })

  it('may call an endpoint by its method, its address and its connection, and no other', () => {
    const call = makeCall(stack => ({ targets: { charge: endpointIn(stack) } }))
    const { made, definition } = synthesised(call)
    expect(checkDefinition(definition)).toEqual([])
    const [machine] = Object.keys(made.template.findResources('AWS::StepFunctions::StateMachine'))
    const policy = made.all('AWS::IAM::Policy').find(one => one.PolicyName.startsWith('CallEndpoints'))!
    const statements = policy.PolicyDocument.Statement.map((one: Record<string, unknown>) => ({
      ...one,
      Resource: textOf(one.Resource),
    }))
    expect(statements).toEqual([
      {
        Effect: 'Allow',
        Action: 'states:InvokeHTTPEndpoint',
        Resource: `<${machine}>`,
        Condition: {
          StringEquals: { 'states:HTTPMethod': 'POST' },
          StringLike: { 'states:HTTPEndpoint': 'https://api.example.com/orders/*/charges' },
        },
      },
      {
        Effect: 'Allow',
        Action: 'events:RetrieveConnectionCredentials',
        Resource: expect.stringMatching(/^<Provider\w+\.Arn>$/),
      },
      {
        Effect: 'Allow',
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        Resource: expect.stringMatching(/^<Provider\w+\.SecretArn>$/),
      },
    ])
    expect(findings(call.workflow)).toEqual([])
  })

  it('has the policy of its gate, unless the workflow or the target has another', () => {
    const policy = { probes: 1 }
    const fromGate = synthesised(makeCall({}, { policy }))
    const expected = (gate: string, own: object) =>
      guardedCall({ ...of, gate, targets: { charge: { ...target, ...own } } })
    expect(fromGate.definition).toEqual(expected(fromGate.gateArn, { policy }))
    const own = synthesised(makeCall({ policy: { probes: 2 } }, { policy }))
    expect(own.definition).toEqual(expected(own.gateArn, { policy: { probes: 2 } }))
    const ofTarget = synthesised(
      makeCall(stack => ({
        policy: { probes: 2 },
        targets: {
          charge: { function: makeFunction(stack, 'Other'), circuit: 'stock', policy: { probes: 4 } },
        },
      })),
    )
    expect(JSON.stringify(ofTarget.definition)).toContain('< 4 ?')
  })

  it('takes a function of the package @breakwater/circuit-gate as its gate', () => {
    const call = makeCall(stack => ({ gate: makeFunction(stack, 'Own') }))
    expect(JSON.stringify(synthesised(call).definition)).toContain('<Own')
  })

  it('takes a name, a time limit and the options of its logs', () => {
    const props = { stateMachineName: 'call', timeoutSeconds: 60, logData: true }
    const { definition, machine } = synthesised(makeCall(props))
    expect(definition.TimeoutSeconds).toBe(60)
    expect(machine).toMatchObject({
      StateMachineName: 'call',
      LoggingConfiguration: { IncludeExecutionData: true },
    })
  })

  it('never has its gate as a target, nor a version or an alias of it', () => {
    const stack = makeStack()
    const table = CircuitTable.fromTableName(stack, 'Circuits', 'circuits')
    const gate = new CircuitGate(stack, 'Gate', { table, circuits: ['payments'] })
    const imported = LambdaFunction.fromFunctionArn(
      stack,
      'Imported',
      'arn:aws:lambda:eu-west-1:111122223333:function:gate',
    )
    for (const [index, [own, one]] of [
      [gate, gate.function],
      [gate, gate.function.currentVersion],
      [gate, gate.function.addAlias('live')],
      [gate.function, gate.function],
      [imported, imported],
    ].entries()) {
      const targets = { gate: { function: one as LambdaFunction, circuit: 'payments' } }
      const make = () =>
        new GuardedCallWorkflow(stack, `Call${index}`, { table, gate: own as CircuitGate, targets })
      expect(make).toThrow(
        'GuardedCallWorkflow: targets.gate.function: got an object; allowed is any function but the gate',
      )
    }
  })

  const refused: [(stack: Stack) => object, string][] = [
    [() => ({ gate: undefined }), 'gate: got undefined; allowed is a CircuitGate, or a function of '],
    [() => ({ table: {} }), 'table: got an object; allowed is a circuit table'],
    [() => ({ type: 'STANDARD' }), 'option: got "type"; allowed is '],
    [() => ({ timeoutSeconds: 301 }), 'timeoutSeconds: got 301; allowed is a whole number from 1 to 300'],
    [() => ({ targets: undefined }), 'targets: got undefined; allowed is an object'],
    [() => ({ policy: { probes: 0 } }), 'policy: probes: got 0'],
  ]
  const badTargets: [(stack: Stack) => unknown, string][] = [
    [() => 'charge', 'targets.a: got "charge"; allowed is an object'],
    [
      stack => ({ ...endpointIn(stack), circuit: 'a:*' }),
      'targets.a.circuit: got "a:*"; allowed is the name of a circuit, known at ',
    ],
    [
      stack => ({ ...endpointIn(stack), circuit: 'other' }),
      'targets.a.circuit: got "other"; allowed is a circuit of its gate: payments, stock',
    ],
    [
      stack => ({ ...endpointIn(stack), connection: 'arn' }),
      'targets.a.connection: got "arn"; allowed is a connection of EventBridge',
    ],
    [
      () => ({ function: 'charge', circuit: 'stock' }),
      'targets.a.function: got "charge"; allowed is a Lambda function',
    ],
    [
      stack => ({ function: makeFunction(stack, 'F'), circuit: 'stock', policy: { probes: 0 } }),
      'targets.a.policy: probes: got 0',
    ],
  ]
  it.each([
    ...refused,
    ...badTargets.map(
      ([target, message]) =>
        [(stack: Stack) => ({ targets: { a: target(stack) } }), message] as (typeof refused)[number],
    ),
  ])('refuses %j: %s', (props, message) => {
    const make = () => makeCall(stack => props(stack) as Props)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(`GuardedCallWorkflow: ${message}`)
  })
})

describe('an endpoint that a workflow may call', () => {
  it.each([
    [{}, 'POST', 'https://api.example.com', 'connection: got an object'],
    [undefined, 'post', 'https://api.example.com', 'method: got "post"; allowed is GET, POST'],
    [
      undefined,
      'POST',
      'http://api.example.com',
      'url: got "http://api.example.com"; allowed is an https URL',
    ],
    [undefined, 'POST', 'https://*.example.com/', 'url: got'],
    [undefined, 'POST', 'https://api.example.com/*', 'url: got'],
    [undefined, 'POST', 'https://user@api.example.com/', 'url: got'],
    [undefined, 'POST', 'https://api.example.com/?a=b', 'url: got'],
  ])('is not of connection %j, method %s and address %s', (connection, method, url, message) => {
    const { stack, workflow } = makeCall()
    const make = () =>
      workflow.allowEndpoint((connection ?? endpointIn(stack).connection) as Connection, method, url)
    expect(make).toThrow(`GuardedWorkflow.allowEndpoint: ${message}`)
  })
})
