import { App, RemovalPolicy, Stack, Token } from 'aws-cdk-lib'
import { describe, expect, it } from 'vitest'
import { stagedRestApi } from './api/rest-api.ts'
import { WorkflowApi } from './api/workflow-api.ts'
import { CircuitBreakers } from './circuit-breakers.ts'
import { CircuitGate } from './circuit-gate.ts'
import { CircuitTable } from './circuit-table.ts'
import { GuardedCallWorkflow } from './guarded-call-workflow.ts'
import { GuardedTask } from './guarded-task.ts'
import { GuardedWorkflow } from './guarded-workflow.ts'
import { nodeFunction } from './node-function.ts'

type Make = (stack: Stack, id: string, props: never) => unknown

const makeTable: Make = (...given) => new CircuitTable(...given)
const makeApi: Make = (...given) => new WorkflowApi(...given)
const makeWorkflow: Make = (...given) => new GuardedWorkflow(...given)
const makeFunction: Make = (...given) => nodeFunction(...given)

/** Every construct with properties, and one of its properties with a bad value. */
const all: [owner: string, make: Make, bad: Readonly<Record<string, unknown>>, message: string][] = [
  [
    'CircuitTable',
    makeTable,
    { removalPolicy: 'keep' },
    `removalPolicy: got "keep"; allowed is ${Object.values(RemovalPolicy).join(', ')}`,
  ],
  [
    'CircuitBreakers',
    (...given) => new CircuitBreakers(...given),
    { table: 'circuits' },
    'table: got "circuits"; allowed is a circuit table',
  ],
  [
    'CircuitGate',
    (...given) => new CircuitGate(...given),
    { table: 'circuits' },
    'table: got "circuits"; allowed is a circuit table',
  ],
  [
    'GuardedTask',
    (...given) => new GuardedTask(...given),
    { table: {} },
    'table: got an object; allowed is a circuit table',
  ],
  [
    'GuardedCallWorkflow',
    (...given) => new GuardedCallWorkflow(...given),
    { table: 5 },
    'table: got 5; allowed is a circuit table',
  ],
  ['GuardedWorkflow', makeWorkflow, { definition: '{}' }, 'definition: got "{}"; allowed is an object'],
  ['WorkflowApi', makeApi, { rateLimit: '5' }, 'rateLimit: got "5"; allowed is a number'],
  [
    'nodeFunction',
    makeFunction,
    { entry: 'handler.ts' },
    'entry: got "handler.ts"; allowed is the URL of a file',
  ],
  [
    'stagedRestApi',
    (...given) => stagedRestApi(...given),
    { cloudWatchRole: 'false' },
    'cloudWatchRole: got "false"; allowed is true or false',
  ],
]

/** Values of the right type that only the deployment would have refused. */
const outOfRange: [owner: string, make: Make, bad: Readonly<Record<string, unknown>>, message: string][] = [
  ['CircuitTable', makeTable, { tableName: 'a' }, 'tableName: got "a"; allowed is the name of a table, of 3'],
  ['nodeFunction', makeFunction, { timeoutSeconds: 901 }, 'timeoutSeconds: got 901; allowed is a whole'],
  ['nodeFunction', makeFunction, { timeoutSeconds: 0 }, 'timeoutSeconds: got 0; allowed is a whole'],
  [
    'nodeFunction',
    makeFunction,
    { memorySize: 64 },
    'memorySize: got 64; allowed is a whole number from 128',
  ],
  ['nodeFunction', makeFunction, { environment: { PORT: 8080 } }, 'environment: got an object; allowed is '],
  ['WorkflowApi', makeApi, { rateLimit: -1 }, 'rateLimit: got -1; allowed is a number from 0 to'],
  ['WorkflowApi', makeApi, { burstLimit: 1.5 }, 'burstLimit: got 1.5; allowed is a whole number from 0 to'],
  ['WorkflowApi', makeApi, { stageName: 'v 1' }, 'stageName: got "v 1"; allowed is 1 to 128 letters'],
  ['WorkflowApi', makeApi, { logRetention: 31 }, 'logRetention: got 31; allowed is one of RetentionDays'],
  [
    'GuardedWorkflow',
    makeWorkflow,
    { definition: {} },
    'definition: got an object; allowed is an object with',
  ],
]

it.each(outOfRange)('%s refuses what only the deployment would have: %j', (owner, make, bad, message) => {
  const entry = new URL('recycler/handler.fixture.ts', import.meta.url)
  const given = owner === 'nodeFunction' ? { entry, description: '', ...bad } : bad
  expect(() => make(new Stack(new App()), 'Id', given as never)).toThrow(`${owner}: ${message}`)
})

it('takes tokens for numbers and names', () => {
  const stack = new Stack(new App())
  new CircuitTable(stack, 'Circuits', { tableName: Token.asString({ Ref: 'Name' }) })
  new WorkflowApi(stack, 'Api', { rateLimit: Token.asNumber({ Ref: 'Rate' }) })
})

describe.each(all)('%s', (owner, make, bad, message) => {
  const makeWith = (props: object) => () => make(new Stack(new App()), 'Id', props as never)

  it('refuses an unknown property', () => {
    expect(makeWith({ unknown: 1 })).toThrow(TypeError)
    expect(makeWith({ unknown: 1 })).toThrow(`${owner}: option: got "unknown"; allowed is `)
  })

  it('names itself, the property, the value and what is allowed', () => {
    expect(makeWith(bad)).toThrow(`${owner}: ${message}`)
  })
})
