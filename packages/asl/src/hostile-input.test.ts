import { expect, test } from 'vitest'
import { DefinitionError } from './errors.ts'
import { runStateMachine } from './run-state-machine.ts'
import { createStateMachine } from './state-machine.ts'

const levels = 10_000
const nested = `${'['.repeat(levels)}${']'.repeat(levels)}`
const pass = (fields: object) => ({
  QueryLanguage: 'JSONata',
  StartAt: 'Only',
  States: { Only: { Type: 'Pass', End: true, ...fields } },
})

const deep: [string, unknown][] = [
  ['a text', nested],
  ['a list', JSON.parse(nested)],
  ['an output', pass({ Output: JSON.parse(nested) })],
  ['a text of an output', JSON.stringify(pass({ Output: 0 })).replace('"Output":0', `"Output":${nested}`)],
]

test.each(deep)('a definition with %s of 10,000 levels overflowed the stack', (_, definition) => {
  expect(() => createStateMachine(definition as never, { integrations: () => null } as never)).toThrow(
    DefinitionError,
  )
})

test.each(['(', '[', '-', '$not('])('an expression of 10,000 times %s overflowed the stack', open => {
  const Output = `{% ${open.repeat(levels)}1 %}`
  expect(() => createStateMachine(pass({ Output }) as never, { integrations: () => null } as never)).toThrow(
    DefinitionError,
  )
})

test('a result of 10,000 levels overflowed the stack', async () => {
  const definition = pass({ Output: '{% $parse($states.input.text) %}' })
  const { status, error } = await runStateMachine(definition as never, { input: { text: nested } } as never)
  expect(status).toBe('FAILED')
  expect(error).toBe('States.QueryEvaluationError')
})
