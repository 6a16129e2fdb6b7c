import { App, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { describe, expect, it } from 'vitest'
import { stagedRestApi } from './api/rest-api.ts'
import { WorkflowApi } from './api/workflow-api.ts'
import { CircuitBreakers } from './circuit-breakers.ts'
import { CircuitGate } from './circuit-gate.ts'
import { CircuitTable } from './circuit-table.ts'
import { GuardedTask } from './guarded-task.ts'
import { GuardedWorkflow } from './guarded-workflow.ts'
import { nodeFunction } from './node-function.ts'

type Make = (stack: Stack, id: string, props: never) => unknown

/** Every construct with properties, and one of its properties with a bad value. */
const all: [owner: string, make: Make, bad: Readonly<Record<string, unknown>>, message: string][] = [
  [
    'CircuitTable',
    (...given) => new CircuitTable(...given),
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
    'GuardedWorkflow',
    (...given) => new GuardedWorkflow(...given),
    { definition: '{}' },
    'definition: got "{}"; allowed is an object',
  ],
  [
    'WorkflowApi',
    (...given) => new WorkflowApi(...given),
    { rateLimit: '5' },
    'rateLimit: got "5"; allowed is a number',
  ],
  [
    'nodeFunction',
    (...given) => nodeFunction(...given),
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
