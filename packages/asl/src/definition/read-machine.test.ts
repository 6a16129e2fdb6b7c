import { describe, expect, it } from 'vitest'
import { machineOf, task } from '../asl.fixture.ts'
import { DefinitionError } from '../errors.ts'
import { createStateMachine } from '../state-machine.ts'

const end = { Type: 'Pass', End: true }
const create = (definition: unknown, type: 'STANDARD' | 'EXPRESS' = 'STANDARD') =>
  createStateMachine(definition, { type, integrations: () => null })

function refusal(definition: unknown, type?: 'EXPRESS'): DefinitionError {
  try {
    create(definition, type)
  } catch (error) {
    if (error instanceof DefinitionError) return error
    throw error
  }
  throw new Error('not refused')
}

/** Refuses a machine whose state A has these fields, beside a state B. */
const ofState = (A: object, type?: 'EXPRESS') => refusal(machineOf({ A, B: end }), type)

describe('a machine is refused', () => {
  it.each([
    ['no JSON', '{', 'definition', 'JSON'],
    ['no object', [], 'definition', 'an object'],
    ['an unknown field', machineOf({ A: end }, { Timeout: 5 }), 'Timeout', 'TimeoutSeconds'],
    ['no States', { QueryLanguage: 'JSONata', StartAt: 'A' }, 'States', 'an object'],
    ['empty States', { QueryLanguage: 'JSONata', StartAt: 'A', States: {} }, 'States', 'at least one'],
    ['an unknown StartAt', machineOf({ A: end }, { StartAt: 'X' }), 'StartAt', '"A"'],
    ['no StartAt', { QueryLanguage: 'JSONata', States: { A: end } }, 'StartAt', 'is missing'],
    ['a wrong TimeoutSeconds', machineOf({ A: end }, { TimeoutSeconds: 0 }), 'TimeoutSeconds', 'from 1'],
    ['a wrong Version', machineOf({ A: end }, { Version: '2.0' }), 'Version', '"1.0"'],
    [
      'a wrong QueryLanguage',
      machineOf({ A: end }, { QueryLanguage: 'Jsonata' }),
      'QueryLanguage',
      '"JSONata"',
    ],
    ['a name too long', machineOf({ ['x'.repeat(81)]: end }), 'x'.repeat(81), '80'],
  ])('for %s', (_, definition, field, allowed) => {
    const error = refusal(definition)
    expect(error.field.endsWith(field)).toBe(true)
    expect(error.message).toContain(allowed)
  })

  it.each([
    [{ StartAt: 'A', States: { A: end } }],
    [machineOf({ A: end }, { QueryLanguage: 'JSONPath' })],
    [machineOf({ A: { ...end, QueryLanguage: 'JSONPath' } })],
  ])('in JSONPath mode, naming the state', definition => {
    const error = refusal(definition)
    expect([error.state, error.field]).toEqual(['A', 'QueryLanguage'])
  })

  it('not for a JSONata state in a machine that is otherwise not', () => {
    create({ StartAt: 'A', States: { A: { ...end, QueryLanguage: 'JSONata' } } })
  })

  it('for two states of one name, wherever they are', () => {
    const Branches = [{ StartAt: 'A', States: { A: end } }]
    expect(refusal(machineOf({ A: { Type: 'Parallel', Branches, End: true } })).message).toContain(
      'no other state',
    )
  })
})

describe('a state is refused', () => {
  it.each([
    ['an unknown Type', { Type: 'Job' }, 'Type', '"Task" or "Pass"'],
    ['no object', 5, 'definition', 'an object'],
    ['a misspelt field', { ...end, Outptu: 1 }, 'Outptu', 'Output'],
    ['a field of JSONPath', { ...end, ResultPath: '$.a' }, 'ResultPath', 'JSONPath mode'],
    ['neither Next nor End', { Type: 'Pass' }, 'Next', '"End": true'],
    ['Next and End', { ...end, Next: 'B' }, 'Next', 'either'],
    ['End that is not true', { Type: 'Pass', End: false }, 'End', 'true'],
    ['an unknown target', { Type: 'Pass', Next: 'X' }, 'Next', '"A", "B"'],
    ['a comment that is no text', { ...end, Comment: 1 }, 'Comment', 'a text'],
    ['JSONata that is none', { ...end, Output: '{% $states. %}' }, 'Output', 'invalid'],
    ['an expression deep inside', { ...end, Output: { a: ['{% ( %}'] } }, 'Output', 'invalid'],
    ['an expression not closed', { ...end, Output: '{% 1' }, 'Output', 'neither end'],
    ['an expression with spaces before it', { ...end, Output: ' {% 1 %}' }, 'Output', 'neither end'],
    ['$eval', { ...end, Output: "{% $eval('1') %}" }, 'Output', '$parse'],
    ['a name without $states', { ...end, Output: '{% order.id %}' }, 'Output', '$states.input.order'],
    ['a result it cannot have', { ...end, Output: '{% $states.result %}' }, 'Output', '$states.input'],
    [
      'a field $states has not',
      { ...end, Output: '{% $count($states.inptu) %}' },
      'Output',
      'does not exist',
    ],
    ['Assign that is no object', { ...end, Assign: 5 }, 'Assign', 'an object'],
    ['a variable named states', { ...end, Assign: { states: 1 } }, 'Assign.states', 'other than states'],
    ['a variable with a bad name', { ...end, Assign: { 'a-b': 1 } }, 'Assign.a-b', 'letters'],
    ['Assign of a Succeed', { Type: 'Succeed', Assign: {} }, 'Assign', 'Output'],
    ['Next of a Fail', { Type: 'Fail', Next: 'B' }, 'Next', 'Cause'],
    ['Error that is no text', { Type: 'Fail', Error: 5 }, 'Error', 'a text'],
    ['neither Seconds nor Timestamp', { Type: 'Wait', End: true }, 'Seconds', 'either'],
    ['Seconds and Timestamp', { Type: 'Wait', Seconds: 1, Timestamp: 'x', End: true }, 'Seconds', 'either'],
    ['Seconds below 0', { Type: 'Wait', Seconds: -1, End: true }, 'Seconds', 'from 0'],
    ['a wrong Timestamp', { Type: 'Wait', Timestamp: '2030-13-01', End: true }, 'Timestamp', '2030-01-31'],
    ['no Choices', { Type: 'Choice', Choices: [] }, 'Choices', 'not empty'],
    [
      'Next of a Choice',
      { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'B' }], Next: 'B' },
      'Next',
      '',
    ],
    ['no Condition', { Type: 'Choice', Choices: [{ Next: 'B' }] }, 'Choices[0].Condition', 'true or false'],
    [
      'a Condition of a text',
      { Type: 'Choice', Choices: [{ Condition: 'yes', Next: 'B' }] },
      'Condition',
      'true',
    ],
    [
      'a rule to nowhere',
      { Type: 'Choice', Choices: [{ Condition: true, Next: 'X' }] },
      'Choices[0].Next',
      '"B"',
    ],
    [
      'Default to nowhere',
      { Type: 'Choice', Choices: [{ Condition: true, Next: 'B' }], Default: 'X' },
      'Default',
      '"B"',
    ],
    ['no Branches', { Type: 'Parallel', End: true }, 'Branches', 'an array'],
    [
      'a branch without StartAt',
      { Type: 'Parallel', Branches: [{ States: { C: end } }], End: true },
      'StartAt',
      '"C"',
    ],
    ['no ItemProcessor', { Type: 'Map', End: true }, 'ItemProcessor', 'an object'],
    [
      'Items that are no array',
      { Type: 'Map', Items: {}, ItemProcessor: machineOf({ C: end }), End: true },
      'Items',
      '',
    ],
  ])('for %s', (_, state, field, allowed) => {
    const error = ofState(state as object)
    expect(error.state).toBe('A')
    expect(error.field).toContain(field)
    expect(error.message).toContain(allowed)
  })

  it('for a Map that is distributed', () => {
    const ItemProcessor = { StartAt: 'C', States: { C: end }, ProcessorConfig: { Mode: 'DISTRIBUTED' } }
    expect(ofState({ Type: 'Map', ItemProcessor, End: true }).message).toContain(
      'DISTRIBUTED is not supported',
    )
  })

  it('for a Next to a state of another level', () => {
    const Branches = [{ StartAt: 'C', States: { C: { Type: 'Pass', Next: 'B' } } }]
    expect(ofState({ Type: 'Parallel', Branches, End: true })).toMatchObject({ state: 'C', field: 'Next' })
  })

  it('for an inner Assign to an outer variable, even one that is assigned later', () => {
    const ItemProcessor = { StartAt: 'C', States: { C: { ...end, Assign: { total: 1 } } } }
    const A = { Type: 'Map', ItemProcessor, Next: 'B' }
    const B = { ...end, Assign: { total: 0 } }
    expect(refusal(machineOf({ A, B }))).toMatchObject({ state: 'C', field: 'Assign.total' })
  })
})

describe('a task is refused', () => {
  const retry = (...Retry: object[]) => task({ Retry })
  it.each([
    ['no Resource', { Type: 'Task', End: true }, 'Resource', 'arn:aws:states:::lambda:invoke'],
    ['a misspelt one', task({ Resource: 'arn:aws:states:::lambda:invok' }), 'Resource', 'lambda:invoke'],
    [
      'an activity',
      task({ Resource: 'arn:aws:states:us-east-1:123456789012:activity:a' }),
      'Resource',
      'Lambda',
    ],
    [
      'a service unknown here',
      task({ Resource: 'arn:aws:states:::batch:submitJob' }),
      'Resource',
      'sqs:sendMessage',
    ],
    [
      'an SDK call as a job',
      task({ Resource: 'arn:aws:states:::aws-sdk:ecs:runTask.sync' }),
      'Resource',
      'aws-sdk',
    ],
    ['Parameters', task({ Parameters: {} }), 'Parameters', 'JSONPath'],
    ['TimeoutSeconds of 0', task({ TimeoutSeconds: 0 }), 'TimeoutSeconds', 'from 1'],
    ['TimeoutSeconds in a text', task({ TimeoutSeconds: '5' }), 'TimeoutSeconds', '{% … %}'],
    ['a late heartbeat', task({ TimeoutSeconds: 5, HeartbeatSeconds: 5 }), 'HeartbeatSeconds', 'less than'],
    ['Retry that is no array', task({ Retry: {} }), 'Retry', 'an array'],
    ['no ErrorEquals', retry({}), 'Retry[0].ErrorEquals', 'an array'],
    ['empty ErrorEquals', retry({ ErrorEquals: [] }), 'Retry[0].ErrorEquals', 'not empty'],
    ['a misspelt error', retry({ ErrorEquals: ['States.Timout'] }), 'Retry[0].ErrorEquals', 'States.Timeout'],
    [
      'States.ALL beside others',
      retry({ ErrorEquals: ['A', 'States.ALL'] }),
      'Retry[0].ErrorEquals',
      'alone',
    ],
    [
      'States.ALL before others',
      retry({ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] }),
      'Retry[0].ErrorEquals',
      'last',
    ],
    ['a misspelt field', retry({ ErrorEquals: ['A'], MaxAttemps: 1 }), 'Retry[0].MaxAttemps', 'MaxAttempts'],
    ['MaxAttempts below 0', retry({ ErrorEquals: ['A'], MaxAttempts: -1 }), 'Retry[0].MaxAttempts', 'from 0'],
    [
      'BackoffRate below 1',
      retry({ ErrorEquals: ['A'], BackoffRate: 0.5 }),
      'Retry[0].BackoffRate',
      'from 1',
    ],
    ['IntervalSeconds of 0', retry({ ErrorEquals: ['A'], IntervalSeconds: 0 }), 'IntervalSeconds', 'from 1'],
    [
      'a cap below it',
      retry({ ErrorEquals: ['A'], IntervalSeconds: 9, MaxDelaySeconds: 5 }),
      'MaxDelay',
      'at least',
    ],
    ['an odd jitter', retry({ ErrorEquals: ['A'], JitterStrategy: 'HALF' }), 'JitterStrategy', '"FULL"'],
    ['Catch to nowhere', task({ Catch: [{ ErrorEquals: ['A'], Next: 'X' }] }), 'Catch[0].Next', '"B"'],
    [
      'Catch by ResultPath',
      task({ Catch: [{ ErrorEquals: ['A'], Next: 'B', ResultPath: '$' }] }),
      'ResultPath',
      '',
    ],
    [
      'a result in Catch',
      task({ Catch: [{ ErrorEquals: ['A'], Next: 'B', Output: '{% $states.result %}' }] }),
      'Catch[0].Output',
      '$states.errorOutput',
    ],
  ])('for %s', (_, state, field, allowed) => {
    const error = ofState(state)
    expect(error.field).toContain(field)
    expect(error.message).toContain(allowed)
  })

  it('for waiting in an EXPRESS machine', () => {
    const A = task({ Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken' })
    expect(ofState(A, 'EXPRESS').message).toContain('EXPRESS')
    create(machineOf({ A }))
  })
})
