import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  deepTexts,
  deepValues,
  hostile,
  hostileText,
  largeTexts,
  mustBeLinear,
  nearly,
  only,
} from '../../../test/hostile.ts'
import { runs } from '../../../test/tier.ts'
import { DefinitionError, TaskError } from './errors.ts'
import { runStateMachine } from './run-state-machine.ts'
import { createStateMachine } from './state-machine.ts'

const names = ['A', 'B', 'C', '__proto__', 'constructor']
const expressions = [
  '{% $states.input %}',
  '{% $states.input.a %}',
  "{% $states.input & 'b' %}",
  '{% $x %}',
  '{% 1 / 0 %}',
  '{% {"a": [1, 2]} %}',
  "{% $error('no') %}",
  '{% $parse($states.input.text) %}',
  '{% $eval("1") %}',
  '{% function($x){$x} %}',
]
const expression = fc.oneof(fc.constantFrom(...expressions), hostile)
const seconds = fc.constantFrom<unknown>(0, 1, 60, '{% 5 %}', '{% -1 %}', "{% 'soon' %}", 1e9)
const errors = fc.constantFrom('States.ALL', 'States.TaskFailed', 'States.Timeout', 'E', '__proto__')

/** The fields of a state of each type; `next` is where it goes on. */
const stateOf = (next: { readonly Next: string } | { readonly End: true }, target: string | undefined) => {
  const goes = target === undefined ? {} : { Next: target }
  const common = {
    Output: expression,
    Assign: fc.dictionary(fc.constantFrom('x', 'y', '__proto__'), expression),
  }
  const catches = fc.array(
    errors.map(error => ({ ErrorEquals: [error], Next: target ?? 'A' })),
    { maxLength: target === undefined ? 0 : 2 },
  )
  const retries = fc.array(
    fc
      .record({
        error: errors,
        MaxAttempts: fc.nat({ max: 3 }),
        IntervalSeconds: fc.integer({ min: 1, max: 60 }),
      })
      .map(({ error, ...rest }) => ({ ErrorEquals: [error], ...rest })),
    { maxLength: 2 },
  )
  const optional = (fields: Record<string, fc.Arbitrary<unknown>>, always: object) =>
    fc.record(fields, { requiredKeys: [] }).map(some => ({ ...some, ...always }))
  const inner = {
    StartAt: 'In',
    States: { In: { Type: 'Pass', Output: '{% $states.input %}', End: true } },
  }
  return fc.oneof(
    optional(common, { Type: 'Pass', ...next }),
    optional(
      { ...common, Arguments: expression, TimeoutSeconds: seconds, Retry: retries, Catch: catches },
      { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', ...next },
    ),
    seconds.map(Seconds => ({ Type: 'Wait', Seconds, ...next })),
    optional({ Output: expression }, { Type: 'Succeed' }),
    optional({ Error: expression, Cause: expression }, { Type: 'Fail' }),
    optional({ Catch: catches }, { Type: 'Parallel', Branches: [inner, inner], ...next }),
    optional(
      {
        Items: fc.oneof(fc.constantFrom<unknown>([1, 2], '{% [1..3] %}', '{% $states.input %}'), expression),
      },
      { Type: 'Map', ItemProcessor: inner, ...next },
    ),
    optional(
      { Default: fc.constant(target) },
      { Type: 'Choice', Choices: [{ Condition: '{% $exists($states.input.a) %}', ...goes }] },
    ),
  )
}

/** Machines that only go on to later states, so that they end; most of them make sense. */
const definition = fc.integer({ min: 1, max: names.length }).chain(count => {
  const own = names.slice(0, count)
  const states = own.map((_, at) => {
    const target = own[at + 1]
    return stateOf(target === undefined ? { End: true } : { Next: target }, target)
  })
  return fc.tuple(...states).map(made => ({
    QueryLanguage: 'JSONata',
    StartAt: own[0],
    // As JSON makes it: `__proto__` is a name like any other.
    States: Object.fromEntries(own.map((name, at) => [name, made[at]])),
  }))
})

const answers = [
  () => ({ a: 1 }),
  () => null,
  () => {
    throw new TaskError('E', '{"a":1}')
  },
  () => Promise.reject(new Error('a defect')),
  () => new Promise(() => {}),
]

test('a random machine ends, in virtual time, or is refused by a DefinitionError', async () => {
  const seen = new Map<string, number>()
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
  await fc.assert(
    fc.asyncProperty(
      definition,
      fc.oneof(hostile, fc.constant({ a: 1, text: '[]' })),
      fc.constantFrom(...answers),
      async (machine, given, task) => {
        const input = JSON.parse(JSON.stringify(given) ?? 'null')
        try {
          const { status, output } = await runStateMachine(machine, {
            input,
            tasks: { 'arn:aws:states:::lambda:invoke': task },
          })
          expect(['SUCCEEDED', 'FAILED', 'TIMED_OUT']).toContain(status)
          JSON.stringify(output)
          count(status)
        } catch (error) {
          if (!(error instanceof DefinitionError)) throw error
          count('refused')
        }
      },
    ),
    { numRuns: runs(100, 10_000) },
  )
  for (const what of ['SUCCEEDED', 'FAILED', 'refused']) expect(seen.get(what), what).toBeGreaterThan(0)
})

const refused = (machine: unknown) =>
  only([DefinitionError], () => createStateMachine(machine as never, { integrations: () => null } as never))

test('a machine with hostile fields is taken, or refused by a DefinitionError', () => {
  const state = {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: {},
    Output: '{% $states.result %}',
    Assign: { x: 1 },
    TimeoutSeconds: 5,
    HeartbeatSeconds: 1,
    Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }],
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'A' }],
    End: true,
  }
  const whole = {
    QueryLanguage: 'JSONata',
    StartAt: 'A',
    States: { A: state },
    TimeoutSeconds: 5,
    Comment: '',
    Version: '1.0',
  }
  const machine = fc.oneof(
    hostileText,
    hostile,
    nearly(whole),
    nearly(state).map(A => ({ ...whole, States: { A } })),
    fc
      .tuple(fc.constantFrom('Pass', 'Choice', 'Wait', 'Map', 'Parallel', 'Fail', 'Succeed'), nearly(state))
      .map(([Type, fields]) => ({ ...whole, States: { A: { ...fields, Type } } })),
  )
  fc.assert(fc.property(machine, refused), { numRuns: runs(100, 10_000) })
  for (const value of [...deepTexts, ...deepValues, ...largeTexts]) {
    refused(value)
    for (const name of Object.keys(state)) refused({ ...whole, States: { A: { ...state, [name]: value } } })
  }
})

test.each([
  ['states', () => ({ Type: 'Pass' })],
  [
    'processors that see the variables of all states',
    (at: number) => ({
      Type: 'Map',
      Assign: { [`v${at}`]: 1 },
      ItemProcessor: {
        StartAt: `in${at}`,
        States: { [`in${at}`]: { Type: 'Pass', End: true } },
      },
    }),
  ],
])('a machine of many %s is read in linear time', (_, stateAt) => {
  const chain = (size: number) => ({
    QueryLanguage: 'JSONata',
    StartAt: 's0',
    States: Object.fromEntries(
      Array.from({ length: size }, (_, at) => [
        `s${at}`,
        { ...stateAt(at), ...(at + 1 < size ? { Next: `s${at + 1}` } : { End: true }) },
      ]),
    ),
  })
  mustBeLinear(60, chain, refused)
})
