import { checkDefinition, guardedCall } from '@breakwater/workflows'
import type { Stack } from 'aws-cdk-lib'
import { describe, expect, it, vi } from 'vitest'
import { CircuitGate, type CircuitGateProps } from './circuit-gate.ts'
import { CircuitTable } from './circuit-table.ts'
import { GuardedCallWorkflow, type GuardedCallWorkflowProps } from './guarded-call-workflow.ts'
import { findings, makeFunction, makeStack, Synthesised, textOf } from './stack.fixture.ts'

vi.mock('./entry.ts', () => ({ entryOf: () => new URL('recycler/handler.fixture.ts', import.meta.url) }))

type Props = Partial<GuardedCallWorkflowProps>

function makeCall(props: Props | ((stack: Stack) => Props) = {}, gateProps: Partial<CircuitGateProps> = {}) {
  const stack = makeStack()
  const table = CircuitTable.fromTableName(stack, 'Circuits', 'circuits')
  const gate = new CircuitGate(stack, 'Gate', { table, ...gateProps })
  const more = typeof props === 'function' ? props(stack) : props
  const workflow = new GuardedCallWorkflow(stack, 'Call', { table, gate, ...more })
  return { stack, gate, workflow }
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

const condition = (...names: string[]) => ({
  'ForAllValues:StringEquals': {
    'dynamodb:LeadingKeys': ['circuit#', 'control#'].flatMap(kind => names.map(name => kind + name)),
  },
})

describe('the guarded call', () => {
  it('is the definition of @breakwater/workflows in an EXPRESS machine, and passes checkDefinition', () => {
    const { definition, machine, gateArn } = synthesised(makeCall())
    const partition = '<AWS::Partition>'
    expect(definition).toEqual(guardedCall({ table: 'circuits', gate: gateArn, partition }))
    expect(checkDefinition(definition)).toEqual([])
    expect(machine.StateMachineType).toBe('EXPRESS')
    expect(machine.LoggingConfiguration).toMatchObject({ IncludeExecutionData: false })
  })

  it('may read circuits, call the gate and the functions named, and nothing more', () => {
    const call = makeCall(stack => ({ functions: [makeFunction(stack, 'Charger')] }))
    const { statements, gateArn } = synthesised(call)
    const charger = '<ChargerC6C6E8E7.Arn>'
    const callable = [gateArn, charger].flatMap(arn => [`${arn}:$LATEST`, arn])
    const [read, ...calls] = statements
    expect(read).toMatchObject({ Action: 'dynamodb:BatchGetItem' })
    expect(read!.Condition).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['circuit#*', 'control#*'] },
    })
    expect(new Set(calls.map(one => one.Action))).toEqual(new Set(['lambda:InvokeFunction']))
    expect(
      calls
        .flatMap(one => one.Resource)
        .map(textOf)
        .sort(),
    ).toEqual(callable.sort())
    expect(findings(call.workflow)).toEqual([])
  })

  it.each([
    [{ circuits: ['payments'] }, {}],
    [{ circuits: ['payments'] }, { circuits: ['payments', 'stock'] }],
    [{}, { circuits: ['payments'] }],
  ])('of %j with a gate of %j accepts and reads the circuits named, and no other', (props, gateProps) => {
    const { definition, statements, gateArn } = synthesised(makeCall(props, gateProps))
    const partition = '<AWS::Partition>'
    const circuits = ['payments']
    expect(definition).toEqual(guardedCall({ table: 'circuits', gate: gateArn, partition, circuits }))
    expect(statements[0]!.Condition).toEqual(condition('payments'))
  })

  it('reads what the wildcards of its gate name', () => {
    const { definition, statements } = synthesised(makeCall({}, { circuits: ['tenant:*'] }))
    expect(JSON.stringify(definition)).not.toContain('tenant')
    expect(statements[0]!.Condition).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['circuit#tenant:*', 'control#tenant:*'] },
    })
  })

  it('has the policy of its gate, unless it is given another', () => {
    const of = { table: 'circuits', partition: '<AWS::Partition>' }
    const policy = { probes: 1 }
    const fromGate = synthesised(makeCall({}, { policy }))
    expect(fromGate.definition).toEqual(guardedCall({ ...of, gate: fromGate.gateArn, policy }))
    const own = synthesised(makeCall({ policy: { probes: 2 } }, { policy }))
    expect(own.definition).toEqual(guardedCall({ ...of, gate: own.gateArn, policy: { probes: 2 } }))
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

  it.each([
    [{ gate: undefined }, 'gate: got undefined; allowed is a CircuitGate, or a function of '],
    [{ table: {} }, 'table: got an object; allowed is a circuit table'],
    [{ type: 'STANDARD' }, 'option: got "type"; allowed is '],
    [{ timeoutSeconds: 301 }, 'timeoutSeconds: got 301; allowed is a whole number from 1 to 300'],
    [{ circuits: [] }, 'circuits: got an array; allowed is a list of at least 1 of names of circuits'],
    [{ circuits: ['tenant:*'] }, 'circuits[0]: got "tenant:*"; allowed is the name of a circuit, known at '],
    [{ circuits: ['stock'] }, 'circuits: got "stock"; allowed is a circuit of its gate: payments'],
    [{ policy: { probes: 0 } }, 'policy: probes: got 0'],
    [{ functions: ['charge'] }, 'functions[0]: got "charge"; allowed is a Lambda function'],
  ])('refuses %j', (props, message) => {
    const make = () => makeCall(props as object, { circuits: ['payments'] })
    expect(make).toThrow(TypeError)
    expect(make).toThrow(`GuardedCallWorkflow: ${message}`)
  })
})
