import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { describe, expect, it } from 'vitest'
import { CircuitBreakers, type CircuitBreakersProps } from './circuit-breakers.ts'
import { CircuitTable } from './circuit-table.ts'
import { makeFunction, makeStack, Synthesised } from './stack.fixture.ts'

function make(props: Omit<CircuitBreakersProps, 'table' | 'functions'>) {
  const stack = makeStack()
  const table = CircuitTable.fromTableName(stack, 'Circuits', 'circuits')
  const functions = [makeFunction(stack, 'Orders')]
  const breakers = new CircuitBreakers(stack, 'Breakers', { ...props, table, functions })
  return { stack, breakers }
}

describe('circuit breakers', () => {
  it('give a function the table, the options and the permissions', () => {
    const made = new Synthesised(
      make({ circuits: ['payments'], options: { openMs: 2_000, disabled: false } }).stack,
    )
    expect(made.one('AWS::Lambda::Function').Environment.Variables).toEqual({
      CIRCUIT_TABLE: 'circuits',
      CIRCUIT_OPTIONS: '{"openMs":2000,"disabled":false}',
    })
    expect(made.statements).toMatchObject([
      {
        Condition: {
          'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['circuit#payments', 'control#payments'] },
        },
      },
      { Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['circuit#payments'] } } },
    ])
  })

  it('leave options to the code where none are given', () => {
    const made = new Synthesised(make({}).stack)
    expect(made.one('AWS::Lambda::Function').Environment.Variables).toEqual({ CIRCUIT_TABLE: 'circuits' })
    expect(made.statements[0]!.Condition).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['circuit#*', 'control#*'] },
    })
  })

  it('can be given to more functions later', () => {
    const { stack, breakers } = make({ circuits: ['payments'] })
    breakers.guard(makeFunction(stack, 'Refunds'))
    const made = new Synthesised(stack)
    expect(made.statements).toHaveLength(4)
    expect(made.one('AWS::Lambda::Function', 'Refunds').Environment.Variables.CIRCUIT_TABLE).toBe('circuits')
  })

  it('refuse a function that cannot be given variables', () => {
    const { stack, breakers } = make({})
    const imported = LambdaFunction.fromFunctionName(stack, 'Imported', 'imported')
    for (const handler of [imported, undefined]) {
      expect(() => breakers.guard(handler as LambdaFunction)).toThrow(
        /^CircuitBreakers\.guard: handler: got .*; allowed is a function of this app/,
      )
    }
  })

  it.each([
    [{ openMs: -1 }, /^CircuitBreakers: options: openMs: got -1; allowed is a number above 0/],
    [{ openMS: 5 }, /^CircuitBreakers: options: option: got "openMS"/],
    [{ openMs: '5' }, /^CircuitBreakers: options\.openMs: got "5"; allowed is a number/],
    [{ classify: () => 'success' }, /^CircuitBreakers: options\.classify: got a function/],
    [{ failureRate: 0.5, consecutiveFailures: 2 }, /nothing beside consecutiveFailures/],
  ])('refuse the options %j, which would fail in the function', (options, message) => {
    expect(() => make({ options: options as object })).toThrow(message)
  })
})
