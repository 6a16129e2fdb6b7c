import type { Stack } from 'aws-cdk-lib'
import { CircuitTable } from '../circuit-table.ts'
import { makeStack, Synthesised } from '../stack.fixture.ts'
import type { SecretRotationRecyclerProps } from './props.ts'
import { SecretRotationRecycler } from './secret-rotation-recycler.ts'

/** A recycler in a stack of its own, synthesised. Its test mocks `entry.ts`. */
export function makeRecycler(
  props: Omit<SecretRotationRecyclerProps, 'table'> | ((stack: Stack) => object) = {},
) {
  const stack = makeStack()
  const table = CircuitTable.fromTableName(stack, 'Circuits', 'circuits')
  const more = typeof props === 'function' ? props(stack) : props
  const recycler = new SecretRotationRecycler(stack, 'Recycler', { table, ...more })
  return { stack, recycler, made: new Synthesised(stack) }
}

// biome-ignore lint/suspicious/noExplicitAny: a template is any JSON.
type Json = any

const valueReads = [
  'secretsmanager:GetSecretValue',
  'secretsmanager:BatchGetSecretValue',
  'ssm:GetParameter',
  'ssm:GetParameters',
  'ssm:GetParametersByPath',
  'ssm:GetParameterHistory',
]

/** Of the actions that read a value of a secret or parameter, those that a statement allows, wildcards resolved. */
export function valueReadsOf(statement: Json): string[] {
  if (statement.Effect !== 'Allow') return []
  const matches = (patterns: Json, action: string) =>
    [patterns].flat().some((pattern: string) => {
      const source = pattern
        .replace(/[.+^$()|[\]{}\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')
      return new RegExp(`^${source}$`, 'i').test(action)
    })
  return valueReads.filter(action =>
    statement.NotAction === undefined
      ? matches(statement.Action, action)
      : !matches(statement.NotAction, action),
  )
}
