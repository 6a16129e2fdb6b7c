import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CfnParameter } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { describe, expect, it, vi } from 'vitest'
import { CircuitGate, type CircuitGateProps } from './circuit-gate.ts'
import { CircuitTable } from './circuit-table.ts'
import { withBundle } from './node-function.ts'
import { findings, makeStack, Synthesised, textOf } from './stack.fixture.ts'

vi.mock('./entry.ts', () => ({ entryOf: () => new URL('recycler/handler.fixture.ts', import.meta.url) }))

function makeGate(props: Partial<CircuitGateProps> = {}) {
  const stack = makeStack()
  const table = CircuitTable.fromTableName(stack, 'Circuits', 'circuits')
  return { stack, gate: new CircuitGate(stack, 'Gate', { table, circuits: ['payments', 'stock'], ...props }) }
}

function variablesOf(props: Partial<CircuitGateProps>) {
  const { CIRCUIT_OPTIONS, ...others } = new Synthesised(makeGate(props).stack).one('AWS::Lambda::Function')
    .Environment.Variables
  return { ...others, ...(CIRCUIT_OPTIONS && { options: JSON.parse(CIRCUIT_OPTIONS) }) }
}

describe('a circuit gate', () => {
  it('may use the circuits named, write logs and traces, and nothing more', () => {
    const { stack } = makeGate({ circuits: ['payments', 'tenant:*'] })
    const made = new Synthesised(stack)
    const onTable = made.statements.filter(one => JSON.stringify(one.Action).includes('dynamodb'))
    expect(onTable).toMatchObject([
      {
        Action: 'dynamodb:BatchGetItem',
        Condition: {
          'ForAllValues:StringLike': {
            'dynamodb:LeadingKeys': [
              'circuit#payments',
              'circuit#tenant:*',
              'control#payments',
              'control#tenant:*',
            ],
          },
        },
      },
      {
        Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        Condition: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['circuit#payments', 'circuit#tenant:*'] },
        },
      },
    ])
    const others = made.statements.filter(one => !onTable.includes(one)).flatMap(one => one.Action)
    expect(new Set(others.map(action => action.split(':')[0]))).toEqual(new Set(['logs', 'xray']))
    expect(findings(stack)).toEqual([])
  })

  it('may use the key of the table', () => {
    const stack = makeStack()
    const table = new CircuitTable(stack, 'Circuits', { encryptionKey: new Key(stack, 'Key') })
    new CircuitGate(stack, 'Gate', { table, circuits: ['payments'] })
    const actions = new Synthesised(stack).statements.flatMap(one => one.Action)
    expect(actions).toContain('kms:Decrypt')
  })

  it('may be called by those it is granted to, in the version that workflows call', () => {
    const { stack, gate } = makeGate()
    const caller = new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('states.amazonaws.com') })
    gate.grantInvoke(caller)
    const made = new Synthesised(stack)
    const [grant] = made.statements.filter(one => one.Action === 'lambda:InvokeFunction')
    const arn = textOf(stack.resolve(gate.functionArn))
    expect(grant?.Resource.map(textOf)).toEqual([`${arn}:$LATEST`, arn])
  })

  it('answers within the 5 s that workflows wait for', () => {
    expect(new Synthesised(makeGate().stack).one('AWS::Lambda::Function').Timeout).toBe(5)
  })

  it.each([
    [{}, { payments: {}, stock: {} }],
    [{ policy: { openMs: 2_000 } }, { payments: { openMs: 2_000 }, stock: { openMs: 2_000 } }],
    [
      { policy: { probes: 1 }, policies: { stock: { openMs: 100 } } },
      { payments: { probes: 1 }, stock: { openMs: 100 } },
    ],
    [{ circuits: ['tenant:*'], policy: { probes: 1 } }, { 'tenant:*': { probes: 1 } }],
    [
      { circuits: ['tenant:*'], policies: { 'tenant:1': { probes: 1 } } },
      { 'tenant:1': { probes: 1 }, 'tenant:*': {} },
    ],
  ])('of %j has the circuits %j, and no others', (props, circuits) => {
    expect(variablesOf(props)).toEqual({ CIRCUIT_TABLE: 'circuits', options: { circuits } })
  })

  it('takes a name that is known only to the deployment', () => {
    const stack = makeStack()
    const table = CircuitTable.fromTableName(stack, 'Circuits', 'circuits')
    const circuit = new CfnParameter(stack, 'Name').valueAsString
    new CircuitGate(stack, 'Gate', { table, circuits: [circuit] })
    const { CIRCUIT_OPTIONS } = new Synthesised(stack).one('AWS::Lambda::Function').Environment.Variables
    expect(textOf(CIRCUIT_OPTIONS)).toBe('{"circuits":{"<Name>":{}}}')
  })

  it('is given the errors that count neither way', () => {
    const { IGNORED_ERRORS } = variablesOf({ ignoredErrors: ['OutOfStock', 'My.Error_2'] })
    expect(IGNORED_ERRORS).toBe('OutOfStock,My.Error_2')
  })

  it('knows the policy of each circuit', () => {
    const { gate } = makeGate({ policy: { probes: 1 }, policies: { stock: { openMs: 100 } } })
    expect([gate.policyOf('stock'), gate.policyOf('payments'), gate.policyOf()]).toEqual([
      { openMs: 100 },
      { probes: 1 },
      { probes: 1 },
    ])
    expect(makeGate().gate.policyOf('constructor')).toBeUndefined()
  })

  it.each([
    [{ table: undefined }, 'table: got undefined; allowed is a circuit table'],
    [{ circuits: undefined }, 'circuits: got undefined; allowed is a list'],
    [{ circuits: [] }, 'circuits: got an array; allowed is a list of at least 1 of names of circuits'],
    [{ circuits: [''] }, 'circuits[0]: got ""; allowed is the name of a circuit'],
    [{ policy: { openMs: -1 } }, 'policy: openMs: got -1; allowed is a number above 0'],
    [{ policy: { openMS: 5 } }, 'policy.option: got "openMS"; allowed is failureRate, '],
    [{ policy: { disabled: true } }, 'policy.option: got "disabled"; allowed is failureRate, '],
    [{ policy: { openMs: '5' } }, 'policy.openMs: got "5"; allowed is a number'],
    [{ policy: { timeoutMs: Infinity } }, 'policy: timeoutMs: got Infinity'],
    [{ policies: { stock: 5 } }, 'policies.stock: got 5; allowed is an object'],
    [{ policies: { stock: { probes: 0 } } }, 'policies.stock: probes: got 0'],
    [
      { circuits: ['payments'], policies: { payment: {} } },
      'policies: got "payment"; allowed is one of payments',
    ],
    [{ ignoredErrors: ['a b'] }, 'ignoredErrors[0]: got "a b"; allowed is the name of an error'],
    [{ ignoredErrors: 'OutOfStock' }, 'ignoredErrors: got "OutOfStock"; allowed is a list'],
  ])('refuses %j', (props, message) => {
    const make = () => makeGate(props as object)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(`CircuitGate: ${message}`)
  })
})

it('the code of the gate is that of @breakwater/circuit-gate, and leaves the SDK to the runtime', async () => {
  const { entryOf } = await vi.importActual<typeof import('./entry.ts')>('./entry.ts')
  const code = withBundle(entryOf('circuit-gate'), folder => readFileSync(join(folder, 'index.mjs'), 'utf8'))
  expect(code).toContain('PermitGrantedUnverified')
  expect(code).toMatch(/from\s*"@aws-sdk\/client-dynamodb"|import\("@aws-sdk\/client-dynamodb"\)/)
})
